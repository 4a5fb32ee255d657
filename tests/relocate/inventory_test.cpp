// What lies in a depot, listed by one thread or by two.
#include "relocate/inventory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/corpus_depot.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

namespace jireloc::relocating {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kVersion = "compiled/v1.10";

// Packages and images of the corpus, and in either half of it what belongs to neither.
struct CorpusDepot {
  test::TempFolder top{test::TempFolder::Where::memory};

  CorpusDepot() {
    test::unpack_packages("1.10.8-plain", top.path());
    test::copy_images("1.10.8-plain", top.path());
    test::make_folders(top / "artifacts/0123456789012345678901234567890123456789");
    REQUIRE(::symlink("Leaf", (top / "packages/Link").c_str()) == 0);
    REQUIRE(::symlink("Leaf", (top / "compiled/v1.10/Link").c_str()) == 0);
    test::write_file(top / "compiled/v1.10/Mid/empty.ji", "");
    test::write_file(top / "compiled/v1.10/Top/a.ji.pidfile", "1 elsewhere");
  }

  Inventory list(FileSystem& system, int jobs) const {
    return take_inventory(system, *open_folder(system, top.path()), kGrace, jobs);
  }
};

Lines told(const Inventory& inventory) {
  Lines lines;
  for (const TreeRef& tree : inventory.packages) lines.push_back("package " + tree.relative());
  for (const TreeRef& tree : inventory.artifacts) lines.push_back("artifact " + tree.relative());
  for (const ImageRef& image : inventory.images) lines.push_back("image " + image.relative());
  for (const LeftoverRef& left : inventory.leftovers)
    lines.push_back(
        fmt::format("left {} {} {} {}", left.relative(), name(left.code), left.message, left.in_progress));
  for (const Error& problem : inventory.problems)
    lines.push_back(fmt::format("problem {} {} {}", problem.file(), name(problem.kind()), problem.what()));
  return lines;
}

size_t count_of(const Lines& lines, const std::string& beginning) {
  return static_cast<size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(beginning); }));
}

// Folders that cannot be opened, or at which the program itself fails.
struct Refusing final : test::ForwardingFileSystem {
  explicit Refusing(std::map<std::string, int> which)
      : ForwardingFileSystem(real_file_system()), refused(std::move(which)) {}
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    const auto found = refused.find(path);
    if (found == refused.end()) return ForwardingFileSystem::open_beneath(folder, path, flags, mode);
    if (found->second == 0) throw std::runtime_error(path);
    return -found->second;
  }
  const std::map<std::string, int> refused;
};

// Goes on with one folder only after another was opened, the last one of the other half.
struct Waiting final : test::ForwardingFileSystem {
  Waiting(std::string late, std::string early)
      : ForwardingFileSystem(real_file_system()), late_(std::move(late)), early_(std::move(early)) {}
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    const int opened = ForwardingFileSystem::open_beneath(folder, path, flags, mode);
    std::unique_lock lock(mutex_);
    if (path == early_) {
      is_open_ = true;
      changed_.notify_all();
    }
    if (path != late_) return opened;
    in_time = changed_.wait_for(lock, std::chrono::seconds(30), [&] { return is_open_; });
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // what is left to do for the other half
    return opened;
  }
  bool in_time = false;

 private:
  const std::string late_, early_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

}  // namespace

TEST_CASE("two threads list of a depot what one does, whichever half is ready first") {
  const CorpusDepot depot;
  const Lines by_one = told(depot.list(real_file_system(), 1));
  CHECK(count_of(by_one, "package packages/") == depot.top.names("packages").size() - 1);
  CHECK(count_of(by_one, "artifact artifacts/0123456789") == 1);
  CHECK(count_of(by_one, "image compiled/v1.10/") == depot.top.names(kVersion).size() - 1);
  CHECK(count_of(by_one, "left ") == 4);
  for (const char* leftover : {"packages/Link", "compiled/v1.10/Link", "compiled/v1.10/Mid/empty.ji",
                               "compiled/v1.10/Top/a.ji.pidfile"})
    CHECK(count_of(by_one, fmt::format("left {} ", leftover)) == 1);
  CHECK(count_of(by_one, "problem ") == 0);
  CHECK(told(depot.list(real_file_system(), 2)) == by_one);
  const std::string trees = "packages/Leaf", last_trees = "artifacts", images = "compiled",
                    last_images = "compiled/v1.10/Top";
  for (const auto& [late, early] : {std::pair(trees, last_images), std::pair(images, last_trees)}) {
    INFO(late << " after " << early);
    Waiting system(late, early);
    CHECK(told(depot.list(system, 2)) == by_one);
    CHECK(system.in_time);
  }
}

TEST_CASE("packages are told in the order of their names, however many threads list them") {
  const test::TempFolder top(test::TempFolder::Where::memory);
  Lines expected, left;
  for (int k = 0; k < 200; ++k) {
    const std::string package = fmt::format("packages/P{:03}", k);
    for (const char* slug : {"aaaaa", "bbbbb"}) {
      test::make_folders(top / (package + "/" + slug));
      expected.push_back(fmt::format("package {}/{}", package, slug));
    }
    if (k % 90 != 0) continue;
    REQUIRE(::symlink("aaaaa", (top / (package + "/link")).c_str()) == 0);
    left.push_back(fmt::format("left {}/link ", package));
  }
  const auto depot = open_folder(real_file_system(), top.path());
  for (const int jobs : {1, 2, 7}) {
    const Lines lines = told(take_inventory(real_file_system(), *depot, kGrace, jobs));
    REQUIRE(lines.size() == expected.size() + left.size());
    CHECK(std::equal(expected.begin(), expected.end(), lines.begin()));
    for (size_t k = 0; k < left.size(); ++k) CHECK(lines[expected.size() + k].starts_with(left[k]));
  }
}

TEST_CASE("what cannot be listed of either half of a depot is told alike by one thread and two") {
  const CorpusDepot depot;
  const std::map<std::string, int> of_trees = {{"packages/Mid", EACCES}, {"artifacts", EIO}},
                                   of_images = {{"compiled/v1.10/Leaf", EACCES}, {"compiled/v1.10/Top", EIO}};
  std::map<std::string, int> of_both = of_trees;
  of_both.insert(of_images.begin(), of_images.end());
  for (const auto& refused : {of_trees, of_images, of_both}) {
    Refusing system(refused);
    const Lines by_one = told(depot.list(system, 1));
    CHECK(count_of(by_one, "problem ") == refused.size());
    for (const auto& [folder, error] : refused) {
      INFO(folder);
      CHECK(count_of(by_one, fmt::format("problem {} ", depot.top / folder)) == 1);
      CHECK(count_of(by_one, "package " + folder) + count_of(by_one, "image " + folder) == 0);
    }
    CHECK(told(depot.list(system, 2)) == by_one);
  }
}

TEST_CASE("what ends the listing of one half of a depot ends it all, with one thread and with two") {
  const CorpusDepot depot;
  for (const char* folder : {"packages/Mid", "artifacts", "compiled", "compiled/v1.10/Top"}) {
    Refusing system({{folder, 0}});
    for (const int jobs : {1, 2}) CHECK_THROWS_WITH(depot.list(system, jobs), folder);
  }
}

}  // namespace jireloc::relocating
