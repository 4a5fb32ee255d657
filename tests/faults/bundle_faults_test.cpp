// Whichever call of pack or unpack fails, and wherever unpack is killed, each file is whole.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "bytes/folders.hpp"
#include "bytes/temporaries.hpp"
#include "jireloc/bundle.hpp"
#include "relocate/tree_copy.hpp"
#include "support/corpus_depot.hpp"
#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/short_run.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::FaultFigures;
using test::FaultRun;
namespace fs = std::filesystem;

namespace bundle_faults {
namespace {

const std::vector<int> kFaults = {ENOSPC, EIO, EACCES, EINTR, EMFILE, EROFS, test::kShortTransfer};

using Files = std::map<std::string, std::string>;
// Of packages and images; whatever else is there, but for the lock and the record of arrivals, is in the way.
Files files_of(const fs::path& depot) {
  Files files;
  if (!fs::exists(depot)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(depot)) {
    const std::string name = fs::relative(entry.path(), depot);
    if (entry.is_regular_file() && name != ".jireloc-lock" && name != "compiled/.jireloc-order")
      files[name] = test::read_file(entry.path());
  }
  return files;
}

// A depot with one package and its image, its bundle, and what unpacking that makes.
struct Bundled {
  test::TempFolder top{test::TempFolder::Where::memory};
  const std::string target = top / "a/s", bundle = top / "layer.jlb.tar.zst";
  std::vector<DepotItem> items;
  const ItemSink sink = [this](const DepotItem& item) { items.push_back(item); };
  Files wanted;
  std::string packed;

  Bundled() {
    test::make_depot(top / "packed", "1.5.3-plain", {"Leaf"});
    pack(real_file_system());
    packed = test::read_file(bundle);
    unpack(real_file_system());
    wanted = files_of(target);
    REQUIRE(wanted.size() > 3);
    REQUIRE(has_image(wanted));
  }

  static bool has_image(const Files& files) {
    return std::any_of(files.begin(), files.end(),
                       [](const auto& file) { return file.first.ends_with(".ji"); });
  }
  auto failed() const {
    return std::count_if(items.begin(), items.end(),
                         [](const auto& item) { return item.status == DepotItemStatus::failed; });
  }
  void pack(FileSystem& system) {
    PackOptions options;
    options.depot = top / "packed";
    options.output = bundle;
    items.clear();
    pack_bundle(options, sink, system);
  }
  void unpack(FileSystem& system) {
    items.clear();
    UnpackOptions options;
    options.relocate.to = target;
    unpack_bundle(bundle_file(bundle), options, sink, system);
  }
  // What lies in the target under names that are no temporary ones is as it is to be.
  Files whole_files() const {
    Files files = files_of(target);
    std::erase_if(files, [](const auto& file) {
      const fs::path path = file.first;
      return std::any_of(path.begin(), path.end(),
                         [](const fs::path& part) { return is_temporary_name(part.string()); });
    });
    for (const auto& [name, content] : files) {
      INFO(name);
      CHECK((wanted.contains(name) && wanted.at(name) == content));
    }
    return files;
  }
  // And a second run completes. Of the first nothing else is left then but a file under a temporary name
  // beside those that it was to become: for an hour it could be another process's.
  void check_target() {
    whole_files();
    unpack(real_file_system());
    CHECK(whole_files().size() == wanted.size());
    for (const auto& [name, content] : files_of(target)) {
      INFO(name);
      CHECK((wanted.contains(name) ||
             (name.starts_with("compiled/") && is_temporary_name(fs::path(name).filename().string()))));
    }
  }
};

void say(const char* what, const FaultFigures& figures) {
  fmt::print("faults, {}: {} call sites, {} faults tried, {} runs ended with an error\n", what, figures.sites,
             figures.tried, figures.errors);
}

// Ends the process at the call of that number.
struct KillingFileSystem final : test::ForwardingFileSystem {
  explicit KillingFileSystem(uint64_t number) : ForwardingFileSystem(real_file_system()), left_(number) {}
  ssize_t around(test::Call, size_t*, const std::function<ssize_t()>& forward) override {
    if (--left_ == 0) ::raise(SIGKILL);
    return forward();
  }
  uint64_t left_;
};

}  // namespace

TEST_CASE("whichever call of unpack fails, what is in the depot is whole and the next run completes") {
  Bundled bundled;
  const auto check = [&](const FaultRun& run) {
    INFO(run.description());
    if (!run.threw && bundled.failed() == 0) CHECK(bundled.whole_files().size() == bundled.wanted.size());
    bundled.check_target();
  };
  const FaultFigures figures = test::try_faults_in_turn(
      kFaults, [&] { fs::remove_all(bundled.top / "a"); },
      [&](FileSystem& system) { bundled.unpack(system); }, check);
  say("unpack", figures);
  CHECK(figures.sites > 100);
  CHECK(figures.errors > 0);
}

TEST_CASE("unpack that is killed at any of its calls leaves what is whole, and the next run completes") {
  Bundled bundled;
  const uint64_t step = test::is_long_run() ? 1 : test::under_asan<uint64_t>(40, 16);
  uint64_t killed = 0;
  for (uint64_t number = 1; true; number += step) {
    fs::remove_all(bundled.top / "a");
    const pid_t child = ::fork();
    if (child == 0) {
      KillingFileSystem system(number);
      bundled.unpack(system);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO("killed at call " << number);
    bundled.check_target();
    CHECK(files_of(bundled.target) == bundled.wanted);  // the mark of the dead run tells what it has left
    if (WIFEXITED(status)) break;
    ++killed;
  }
  fmt::print("kills, unpack: {} survived\n", killed);
  CHECK(killed * step > 160);
}

TEST_CASE(
    "whichever call of pack fails, the bundle is the old one or the new one and nothing lies beside it") {
  Bundled bundled;
  for (const bool is_there : {false, true}) {
    const auto check = [&](const FaultRun& run) {
      INFO(run.description());
      const bool exists = fs::exists(bundled.bundle);
      const std::string content = exists ? test::read_file(bundled.bundle) : "";
      const std::string old = is_there ? "old" : "";
      if (run.threw) CHECK((content == old || content == bundled.packed));
      // What could not be looked at is said, and left out.
      if (!run.threw && bundled.failed() == 0) CHECK(content == bundled.packed);
      if (!run.threw && content != bundled.packed) CHECK_NOTHROW(verify_bundle(bundle_file(bundled.bundle)));
      CHECK(exists == (is_there || !content.empty()));
      for (const std::string& name : bundled.top.names()) CHECK_FALSE(is_temporary_name(name));
    };
    const FaultFigures figures = test::try_faults_in_turn(
        kFaults,
        [&] {
          fs::remove(bundled.bundle);
          if (is_there) test::write_file(bundled.bundle, "old");
        },
        [&](FileSystem& system) { bundled.pack(system); }, check);
    say(is_there ? "pack over another bundle" : "pack", figures);
    CHECK(figures.sites > 50);
    CHECK(figures.errors > 0);
  }
}

}  // namespace bundle_faults
