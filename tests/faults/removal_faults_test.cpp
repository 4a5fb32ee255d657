// Whatever call of a removing command fails, reading ones too, nothing good is removed.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "bytes/folders.hpp"
#include "bytes/reading.hpp"
#include "relocate/arrivals.hpp"
#include "relocate/prune.hpp"
#include "relocate/run.hpp"
#include "relocate/tree_copy.hpp"
#include "support/corpus_depot.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;
using test::FaultFigures;
using test::FaultRun;
namespace fs = std::filesystem;

namespace {

const std::vector<int> kFaults = {EIO, EACCES, EMFILE, ENFILE, ENOMEM, ESTALE, ETIMEDOUT, ELOOP};

// Files below a folder and what is in them.
using Files = std::map<std::string, std::string>;
Files files_below(const fs::path& top) {
  Files files;
  if (!fs::exists(top)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(top))
    if (entry.is_regular_file() && entry.path().filename().string()[0] != '.')
      files[fs::relative(entry.path(), top)] = test::read_file(entry.path());
  return files;
}

// With all times, which images of 1.10 record.
void copy_with_times(const std::string& parent, const std::string& from, const std::string& to) {
  fs::remove_all(parent + "/" + to);
  const auto folder = open_folder(real_file_system(), parent);
  copy_tree(real_file_system(), *folder, from, folder, to).publish();
}

// u: a user's depot; s: a shared one made of it, both made again from copies for each run.
class Depots {
 public:
  std::string top = fs::is_directory("/dev/shm") ? "/dev/shm/jXXXXXX" : "/tmp/jXXXXXX";
  const std::string user, shared;
  std::vector<DepotItem> items;
  std::string error;

  Depots() : user(::mkdtemp(top.data()) + std::string("/u")), shared(top + "/s") {
    test::unpack_packages("1.10.8-plain", user, {"Leaf", "Mid", "Prefs"});
    test::copy_images("1.10.8-plain", user, {"Leaf", "Mid", "Prefs"});
    RelocateOptions options = relocation();
    relocate(real_file_system(), options);
    REQUIRE(error.empty());
    for (const DepotItem& item : items) {
      INFO(item.path << ": " << (item.reasons.empty() ? "" : item.reasons[0].message));
      REQUIRE((item.status == DepotItemStatus::merged || item.status == DepotItemStatus::relocated));
    }
  }
  ~Depots() { fs::remove_all(top); }
  Depots(const Depots&) = delete;
  Depots& operator=(const Depots&) = delete;

  RelocateOptions relocation() const {
    RelocateOptions options;
    options.from = user;
    options.to = shared;
    options.map.add({"/home/pkgeval/.julia", shared});  // where the images were compiled
    return options;
  }
  void relocate(FileSystem& system, const RelocateOptions& options) {
    run([&](const ItemSink& sink) { relocating::relocate(options, sink, system); });
  }
  void prune(FileSystem& system) {
    PruneOptions options;
    options.depot = shared;
    options.remove = true;
    options.grace = std::chrono::seconds(0);  // what was made just now is nobody's work
    run([&](const ItemSink& sink) { relocating::prune(options, sink, system); });
  }
  bool any(DepotItemStatus status) const {
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.status == status; });
  }
  fs::path image(const std::string& package) const {
    for (const auto& entry : fs::directory_iterator(shared + "/compiled/v1.10/" + package))
      if (entry.path().extension() == ".ji") return entry.path();
    throw std::runtime_error("no image of " + package);
  }
  // What the last run said.
  std::string words() const {
    std::string text = error;
    for (const DepotItem& item : items)
      for (const auto* remarks : {&item.reasons, &item.warnings})
        for (const Reason& remark : *remarks)
          text += fmt::format("\n{} {}: {}", name(item.status), item.path, remark.message);
    return text;
  }

 private:
  void run(const std::function<void(const ItemSink&)>& command) {
    items.clear();
    error.clear();
    try {
      command([&](const DepotItem& item) { items.push_back(item); });
    } catch (const Error& problem) {
      error = problem.what();
    }
  }
};

void say(const char* what, const FaultFigures& figures) {
  fmt::print("faults, {}: {} call sites, {} faults tried; nothing good was removed\n", what, figures.sites,
             figures.tried);
}

// Of `before`, what is not as it was.
std::vector<std::string> lost(const Files& before, const Files& now) {
  std::vector<std::string> gone;
  for (const auto& [path, content] : before) {
    const auto found = now.find(path);
    if (found == now.end() || found->second != content) gone.push_back(path);
  }
  return gone;
}

}  // namespace

TEST_CASE("whichever call of prune --delete fails, only what is bad goes") {
  Depots depots;
  const Files good = files_below(depots.shared);
  // A package that was changed, and with it its image; the library of an image that is gone.
  const fs::path changed = fs::directory_iterator(depots.shared + "/packages/Prefs")->path() / "src/Prefs.jl";
  test::write_file(changed, "changed");
  test::write_file(depots.image("Leaf").parent_path() / "D4iCS_zzzzz.so", "x");
  Files kept = good;
  std::erase_if(kept, [](const auto& file) { return file.first.find("/Prefs/") != std::string::npos; });
  REQUIRE(kept.size() > 8);
  copy_with_times(depots.top, "s", "pristine");
  const auto check = [&](const FaultRun& run) {
    INFO(run.description() << depots.words());
    CHECK(lost(kept, files_below(depots.shared)) == std::vector<std::string>{});
    // And it is said.
    if (run.fault != 0 && run.call != test::Call::close && run.call != test::Call::set_mode)
      CHECK((!depots.error.empty() || depots.any(DepotItemStatus::failed) ||
             files_below(depots.shared) == kept));
    depots.prune(real_file_system());
    CHECK(files_below(depots.shared) == kept);
  };
  const FaultFigures figures = test::try_faults_in_turn(
      kFaults, [&] { copy_with_times(depots.top, "pristine", "s"); },
      [&](FileSystem& system) {
        const ReadingThrough reading(system);
        depots.prune(system);
      },
      check);
  say("prune --delete", figures);
  CHECK(figures.sites > 200);
}

TEST_CASE("whichever call of relocate --move fails, the source loses only what the target has") {
  Depots depots;
  const Files wanted = files_below(depots.shared), ours = files_below(depots.user);
  copy_with_times(depots.top, "u", "pristine");
  RelocateOptions options = depots.relocation();
  options.move = true;
  const auto check = [&](const FaultRun& run) {
    INFO(run.description() << depots.words());
    const Files shared = files_below(depots.shared), user = files_below(depots.user);
    for (const auto& [path, content] : ours)
      CHECK((user.contains(path) ? user.at(path) == content
                                 : shared.contains(path) && shared.at(path) == wanted.at(path)));
    depots.relocate(real_file_system(), options);
    CHECK(files_below(depots.shared) == wanted);
    CHECK(files_below(depots.user) == Files{});
  };
  const FaultFigures figures = test::try_faults_in_turn(
      kFaults,
      [&] {
        copy_with_times(depots.top, "pristine", "u");
        fs::remove_all(depots.shared);
      },
      [&](FileSystem& system) {
        const ReadingThrough reading(system);
        depots.relocate(system, options);
      },
      check);
  say("relocate --move", figures);
  CHECK(figures.sites > 500);
}

TEST_CASE("whichever call of --max-per-package fails, only the oldest that nobody needs go") {
  Depots depots;
  const Files wanted = files_below(depots.shared);
  // Leaf's are needed by Mid's. The record says that Mid's own came last.
  std::vector<std::string> order;
  for (const char* package : {"Leaf", "Mid"}) {
    const fs::path image = depots.image(package);
    const std::string slug = image.filename().string().substr(0, 6);
    for (const char* copy : {"copy1.ji", "copy2.ji"}) {
      fs::copy_file(image, image.parent_path() / (slug + copy));
      order.push_back("compiled/v1.10/" + std::string(package) + "/" + slug + copy);
    }
  }
  relocating::Arrivals arrivals =
      relocating::Arrivals::read(real_file_system(), *open_folder(real_file_system(), depots.shared));
  arrivals.add(order);
  Files kept = files_below(depots.shared);
  std::string newest;
  for (const auto& [path, content] : kept)
    if (path.find("/Mid/") != std::string::npos && path.ends_with(".ji") && path.find("copy") == path.npos)
      newest = path;
  arrivals.add({newest});
  test::write_file(depots.shared + "/compiled/.jireloc-order", arrivals.text());
  for (const std::string& surplus : order)
    if (surplus.find("/Mid/") != std::string::npos) kept.erase(surplus);
  copy_with_times(depots.top, "s", "pristine");
  RelocateOptions options = depots.relocation();
  options.max_per_package = 1;
  const auto check = [&](const FaultRun& run) {
    INFO(run.description() << depots.words());
    CHECK(lost(kept, files_below(depots.shared)) == std::vector<std::string>{});
    depots.relocate(real_file_system(), options);
    CHECK(files_below(depots.shared) == kept);
  };
  const FaultFigures figures = test::try_faults_in_turn(
      kFaults, [&] { copy_with_times(depots.top, "pristine", "s"); },
      [&](FileSystem& system) {
        const ReadingThrough reading(system);
        depots.relocate(system, options);
      },
      check);
  say("relocate --max-per-package", figures);
  CHECK(figures.sites > 500);
}
