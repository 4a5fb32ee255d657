#include <unistd.h>

#include <catch2/catch.hpp>

#include "jireloc/mount_view.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

TEST_CASE("an mtime is rounded twice, as Julia's C code does") {
  CHECK(julia_mtime(1780000000, 123456789) == 1780000000.0 + 123456789 * 1e-9);
  CHECK(julia_mtime(0, 0) == 0.0);
  // The sum in whole nanoseconds gives another double for this one.
  CHECK(julia_mtime(1779999999, 144272509) != 1779999999144272509.0 / 1e9);
}

TEST_CASE("a root view keeps absolute links and dots below its root") {
  const TempFolder temp;
  test::write_file(temp / "root/usr/share/packages/x", "1");
  test::make_folders(temp / "root/home/a");
  REQUIRE(::symlink("/usr/share/packages", (temp / "root/home/a/packages").c_str()) == 0);
  REQUIRE(::symlink("../../../../../../usr", (temp / "root/home/a/up").c_str()) == 0);
  const RootView view(temp / "root/");
  CHECK(view.actual("/home/a/packages/x") == temp / "root/usr/share/packages/x");
  CHECK(view.status("/home/a/packages/x").is_file());
  CHECK(view.actual("/home/a/up/share") == temp / "root/usr/share");
  CHECK(view.actual("/../../etc/passwd") == temp / "root/etc/passwd");
  CHECK_FALSE(view.status("/home/a/none/x").exists());
}

TEST_CASE("a root view ends where links go round in a circle") {
  const TempFolder temp;
  REQUIRE(::symlink("/b", (temp / "a").c_str()) == 0);
  REQUIRE(::symlink("/a", (temp / "b").c_str()) == 0);
  CHECK_FALSE(RootView(temp.path()).status("/a/x").exists());
}

TEST_CASE("a mount says where what Julia sees lies, the longest one first") {
  const TempFolder temp;
  test::write_file(temp / "boxes/7/.julia/packages/x", "1");
  test::write_file(temp / "storage/shared/packages/y", "2");
  const MountView view({{"/home/worker", temp / "boxes/7"},
                        {"/home/worker/.julia/shared", temp / "storage/shared"},
                        {"/usr/share/julia/", temp / "storage/shared/"}});
  CHECK(view.actual("/home/worker/.julia/packages/x") == temp / "boxes/7/.julia/packages/x");
  CHECK(view.actual("/home/worker/.julia/shared/packages/y") == temp / "storage/shared/packages/y");
  CHECK(view.actual("/usr/share/julia") == temp / "storage/shared");
  CHECK(view.actual("/home/workers/x") == "/home/workers/x");
  CHECK(view.seen(temp / "boxes/7/.julia/x") == "/home/worker/.julia/x");
  CHECK(view.seen(temp / "storage/shared/x") == "/home/worker/.julia/shared/x");
  CHECK(view.seen("/elsewhere") == "/elsewhere");
}

TEST_CASE("a link inside of a mount leads to where Julia sees it lead") {
  const TempFolder temp;
  test::write_file(temp / "storage/packages/y", "2");
  test::make_folders(temp / "box/.julia");
  REQUIRE(::symlink("/usr/share/julia/packages", (temp / "box/.julia/packages").c_str()) == 0);
  REQUIRE(::symlink("../../../usr/share/julia", (temp / "box/.julia/up").c_str()) == 0);
  const MountView view({{"/home/worker", temp / "box"}, {"/usr/share/julia", temp / "storage"}});
  CHECK(view.actual("/home/worker/.julia/packages/y") == temp / "storage/packages/y");
  CHECK(view.actual("/home/worker/.julia/up/packages/y") == temp / "storage/packages/y");
}

TEST_CASE("the place that is mounted may itself be named by a link of this machine") {
  const TempFolder temp;
  test::write_file(temp / "disk/x", "1");
  REQUIRE(::symlink((temp / "disk").c_str(), (temp / "storage").c_str()) == 0);
  const MountView view({{"/usr/share/julia", temp / "storage"}});
  CHECK(view.actual("/usr/share/julia/x") == temp / "storage/x");
  CHECK(view.status("/usr/share/julia/x").is_file());
}

TEST_CASE("on the way to what is mounted Julia has folders, whatever this machine has there") {
  const TempFolder temp;
  test::write_file(temp / "storage/x", "1");
  test::make_folders(temp / "disk");
  REQUIRE(::symlink("disk", (temp / "home").c_str()) == 0);
  const MountView view({{temp / "home/worker", temp / "storage"}});
  CHECK(view.actual(temp / "home/worker/x") == temp / "storage/x");
  CHECK(view.actual(temp / "home/other") == temp / "disk/other");
}

TEST_CASE("a mapped view takes the longest prefix at a path boundary") {
  const FileView plain;
  const MappedView view({{"/new", "/old"}, {"/new/packages", "/elsewhere"}}, plain);
  CHECK(view.actual("/new/compiled/x") == "/old/compiled/x");
  CHECK(view.actual("/new/packages/x") == "/elsewhere/x");
  CHECK(view.actual("/newer/x") == "/newer/x");
  CHECK(view.actual("/new") == "/old");
}

TEST_CASE("two names of one inode are the same file and a copy is not") {
  const TempFolder temp;
  test::write_file(temp / "a", "x");
  test::write_file(temp / "c", "x");
  REQUIRE(::link((temp / "a").c_str(), (temp / "b").c_str()) == 0);
  CHECK(file_status(temp / "a").same_file(file_status(temp / "b")));
  CHECK_FALSE(file_status(temp / "a").same_file(file_status(temp / "c")));
  CHECK_FALSE(file_status(temp / "none").same_file(file_status(temp / "none")));
}
