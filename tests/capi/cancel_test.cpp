// A run that ends after any number of items: nothing is lost, and the next run does the rest.
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/host.hpp"
#include "jireloc/error.hpp"
#include "support/corpus_depot.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

namespace {

using namespace jireloc;
using jireloc::test::read_file;
using jireloc::test::TempFolder;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Asks for an end when so many items are done.
class EndAfter final : public cli::Host {
 public:
  explicit EndAfter(uint64_t items) : items_(items), stop_(items == 0) {}
  void lines(std::string_view) override {}
  void progress(const std::string&, uint64_t done, uint64_t, uint64_t) override {
    if (done >= items_) stop_ = true;
  }
  const std::atomic<bool>& stop() const noexcept override { return stop_; }

 private:
  const uint64_t items_;
  std::atomic<bool> stop_;
};

struct Ended {
  bool early = false;
  std::string json;
};

Ended run(const Words& words, uint64_t most_items = UINT64_MAX) {
  EndAfter host(most_items);
  const cli::HostScope scope(&host);
  Ended ended;
  cli::Output out(ended.json);
  try {
    cli::run_program(words, out);
  } catch (const Error& error) {
    REQUIRE(error.kind() == ErrorKind::interrupted);
    ended.early = true;
  }
  out.flush();
  return ended;
}

using Files = std::map<std::string, std::string>;  // contents by relative name

Files files_below(const std::string& folder) {
  Files found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) found[entry.path().lexically_relative(folder)] = read_file(entry.path());
  }
  return found;
}

// Named .jireloc-PID-N.
Words temporaries(const std::string& folder) {
  Words found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(".jireloc-") && std::isdigit(name.at(9)) != 0) found.push_back(entry.path());
  }
  return found;
}

// A depot at `place`, as it was compiled elsewhere.
void copy_depot(const std::string& place) {
  test::unpack_packages("1.10.8-plain", place);
  test::copy_images("1.10.8-plain", place);
}

const std::string old_place = "/home/pkgeval/.julia";

}  // namespace

TEST_CASE("Rewriting that ends early leaves each image old or new, and goes on next time", "[capi]") {
  TempFolder folder;
  const std::string depot = folder / "d";
  copy_depot(depot);
  // The one is longer than the old place, so that texts grow and images come in the order of their needs.
  const std::string place = GENERATE(true, false) ? depot : "/srv/julia";
  const Words words{"rewrite", "--json", "--jobs=1", "--map=" + old_place + "=" + place, depot + "/compiled"};
  const Files old = files_below(depot);
  run(words);
  const Files fresh = files_below(depot);
  REQUIRE(old != fresh);
  size_t ended_early = 0;
  for (const uint64_t after : {0, 2}) {
    fs::remove_all(depot);
    copy_depot(depot);
    if (run(words, after).early) ++ended_early;
    CHECK(temporaries(depot) == Words());
    for (const auto& [name, content] : files_below(depot))
      CHECK((content == old.at(name) || content == fresh.at(name)));
    CHECK_FALSE(run(words).early);
    CHECK(files_below(depot) == fresh);
  }
  CHECK(ended_early > 0);
}

TEST_CASE("What only looks ends early, too, and has said what it had found", "[capi]") {
  TempFolder folder;
  const std::string depot = folder / "d";
  copy_depot(depot);
  const Words command = GENERATE(Words{"inspect"}, Words{"scan"}, Words{"check"}, Words{"prune"});
  INFO(command[0]);
  Words words{command[0], "--json", "--jobs=1", command[0] == "prune" ? depot : depot + "/compiled"};
  const std::string all = run(words).json;
  CHECK(all != "");
  for (const uint64_t after : {0, 2}) {
    const Ended ended = run(words, after);
    CHECK(ended.early);
    CHECK(ended.json.size() < all.size());
    CHECK(all.starts_with(ended.json));
  }
}

TEST_CASE("A relocation that ends early has lost nothing, and the next one merges the rest", "[capi]") {
  TempFolder folder;
  const std::string user = folder / "u", shared = folder / "s", kept = folder / "kept";
  copy_depot(user);
  run({"rewrite", "--json", "--map=" + old_place + "=" + user, user + "/compiled"});
  fs::rename(user, kept);
  const Words words{"relocate", "--json",  "--from=" + user, "--to=" + shared, "--allow-build-scripts",
                    "--move",   "--jobs=1"};
  const auto begin = [&] {
    fs::remove_all(user);
    fs::remove_all(shared);
    REQUIRE(std::system(("cp -a " + kept + " " + user).c_str()) == 0);
  };
  begin();
  run(words);
  const Files whole = files_below(shared + "/packages"), images = files_below(shared + "/compiled");
  REQUIRE(images.size() >= 5);
  size_t ended_early = 0;
  for (const uint64_t after : {0, 3}) {  // before anything, and when packages are there but no images
    begin();
    const Files before = files_below(user);
    if (run(words, after).early) ++ended_early;
    CHECK(temporaries(folder.path()) == Words());
    const Files here = files_below(user), there = files_below(shared);
    for (const auto& [name, content] : before) {
      INFO(name);
      CHECK((here.contains(name) ? here.at(name) == content : there.contains(name)));
    }
    CHECK_FALSE(run(words).early);
    CHECK(files_below(shared + "/packages") == whole);
    CHECK(files_below(shared + "/compiled") == images);
  }
  CHECK(ended_early == 2);
}
