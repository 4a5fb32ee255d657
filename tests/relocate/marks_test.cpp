// Marks of files: whatever somebody changes, the mark is another one.
#include "relocate/marks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <vector>

#include "support/temp_folder.hpp"

using namespace jireloc;
using namespace jireloc::relocating;
namespace fs = std::filesystem;

namespace {

const int64_t kLater = std::time(nullptr) + 3600;  // all that the tests make is old then

struct Depot {
  test::TempFolder place;
  const std::string tree = place / "packages/A/AbCdE", image = place / "compiled/v1.10/A/a.ji";
  std::shared_ptr<Folder> folder;
  Depot() {
    test::write_file(tree + "/src/A.jl", "module A end");
    test::write_file(tree + "/Project.toml", "name");
    REQUIRE(::symlink("src/A.jl", (tree + "/link").c_str()) == 0);
    test::write_file(image, "image");
    test::write_file(place / "compiled/v1.10/A/a.so", "library");
    folder = open_folder(real_file_system(), place.path());
  }
};

// As somebody does who wants nobody to see it: the same size, and the time of writing put back.
void overwrite(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  std::string content = test::read_file(path);
  content[0] = static_cast<char>(content[0] ^ 1);
  test::write_file(path, content);
  test::set_mtime(path, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// Times of files are taken from a clock that ticks every few milliseconds.
void let_it_tick() {
  ::usleep(20'000);
}

using Change = std::function<void(const Depot&)>;

}  // namespace

TEST_CASE("a tree that nobody has touched has the same mark by the walk and by its names") {
  const Depot depot;
  const Marker marker(real_file_system(), kLater);
  const TreeMark mark = marker.of_tree(*depot.folder, "packages/A/AbCdE");
  CHECK(mark.taken.is_lasting);
  CHECK(mark.has_links);
  CHECK(mark.names.find(std::string("src/A.jl\0", 9)) != std::string::npos);
  CHECK(marker.of_tree(*depot.folder, "packages/A/AbCdE", mark.names) == mark.taken.mark);
}

TEST_CASE("whatever is done to a tree, its mark is another one") {
  const std::vector<Change> changes = {
      [](const Depot& depot) { overwrite(depot.tree + "/src/A.jl"); },
      [](const Depot& depot) { test::write_file(depot.tree + "/src/B.jl", ""); },
      [](const Depot& depot) { fs::create_directory(depot.tree + "/src/empty"); },
      [](const Depot& depot) { fs::remove(depot.tree + "/src/A.jl"); },
      [](const Depot& depot) { fs::rename(depot.tree + "/src/A.jl", depot.tree + "/src/C.jl"); },
      [](const Depot& depot) { fs::permissions(depot.tree + "/src/A.jl", fs::perms(0755)); },
      [](const Depot& depot) {
        fs::remove(depot.tree + "/link");
        fs::create_symlink("Project.toml", depot.tree + "/link");
      },
      [](const Depot& depot) {
        test::write_file(depot.place / "other", "module A en!");
        fs::rename(depot.place / "other", depot.tree + "/src/A.jl");
      },
      [](const Depot& depot) {  // another folder with the very same files
        fs::create_directory(depot.tree + "/new");
        fs::rename(depot.tree + "/src/A.jl", depot.tree + "/new/A.jl");
        fs::remove(depot.tree + "/src");
        fs::rename(depot.tree + "/new", depot.tree + "/src");
      },
      [](const Depot& depot) {
        fs::rename(depot.tree, depot.place / "away");
        fs::create_directory_symlink(depot.place / "away", depot.tree);
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO("change " << i);
    const Depot depot;
    const Marker marker(real_file_system(), kLater);
    const TreeMark before = marker.of_tree(*depot.folder, "packages/A/AbCdE");
    let_it_tick();
    changes[i](depot);
    std::optional<Mark> after;  // none where it cannot be looked at as a tree any more
    try {
      after = marker.of_tree(*depot.folder, "packages/A/AbCdE", before.names);
    } catch (const Error& error) {
      CHECK(error.system_errno() != 0);
    }
    CHECK_FALSE(after == before.taken.mark);
  }
}

TEST_CASE("whatever is done to an image or its library, its mark is another one") {
  const std::vector<Change> changes = {
      [](const Depot& depot) { overwrite(depot.image); },
      [](const Depot& depot) { overwrite(depot.place / "compiled/v1.10/A/a.so"); },
      [](const Depot& depot) { fs::remove(depot.place / "compiled/v1.10/A/a.so"); },
      [](const Depot& depot) { fs::remove(depot.image); },
      [](const Depot& depot) {
        fs::copy_file(depot.image, depot.place / "copy");
        fs::rename(depot.place / "copy", depot.image);
      },
  };
  const std::string image = "compiled/v1.10/A/a.ji";
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO("change " << i);
    const Depot depot;
    const Marker marker(real_file_system(), kLater);
    const ImageMark before = marker.of_image(*depot.folder, image);
    CHECK(before.taken.is_lasting);
    CHECK(before.libraries == 1);
    CHECK(marker.of_image(*depot.folder, image, before.libraries) == before.taken.mark);
    let_it_tick();
    changes[i](depot);
    CHECK_FALSE(marker.of_image(*depot.folder, image, before.libraries) == before.taken.mark);
  }
}

TEST_CASE("a place is marked by what it leads to, and by that nothing is there") {
  const Depot depot;
  const Marker marker(real_file_system(), kLater);
  const std::string place = depot.place / "place";
  const Mark absent = marker.of_place(place).mark;
  CHECK(marker.of_place(place).mark == absent);
  CHECK(marker.of_place(depot.image + "/below/a/file").mark == absent);
  fs::create_symlink(depot.image, place);
  const Mark image = marker.of_place(place).mark;
  CHECK_FALSE(image == absent);
  CHECK(image == marker.of_place(depot.image).mark);
  let_it_tick();
  overwrite(depot.image);
  CHECK_FALSE(marker.of_place(place).mark == image);
  const Mark folder = marker.of_place(depot.tree).mark;
  test::write_file(depot.tree + "/more", "");
  CHECK(marker.of_place(depot.tree).mark == folder);  // it is there, that is all
}

TEST_CASE("of what has changed a moment ago, or in the future, no mark lasts") {
  const Depot depot;
  const int64_t now = std::time(nullptr);
  for (const int64_t then : {now - 3600, now, now + 1}) {
    const Marker marker(real_file_system(), then);
    CHECK_FALSE(marker.of_tree(*depot.folder, "packages/A/AbCdE").taken.is_lasting);
    CHECK_FALSE(marker.of_image(*depot.folder, "compiled/v1.10/A/a.ji").taken.is_lasting);
    CHECK_FALSE(marker.of_place(depot.image).is_lasting);
  }
}

TEST_CASE("of what lies where times of change are not to be relied on, no mark lasts") {
  const Marker marker(real_file_system(), kLater);
  CHECK_FALSE(marker.of_place("/proc/self/status").is_lasting);
}
