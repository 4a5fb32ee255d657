// What a package or artifact is listed as, while its tree hash is taken.
#include "bundle/listing.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/digest.hpp"
#include "bytes/folders.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::bundles {
namespace {

HeldContents held;

ListedTree list(const test::TempFolder& depot, int64_t room) {
  std::atomic<int64_t> left = room;
  ListedTree listed = list_tree(real_file_system(), *open_folder(real_file_system(), depot.path()),
                                "packages/A/abcde", {}, left, held);
  CHECK(left == room - static_cast<int64_t>(listed.contents.size()));
  return listed;
}

std::vector<std::string> paths(const ListedTree& listed) {
  std::vector<std::string> found;
  for (const BundleFile& file : listed.files) found.push_back(file.path);
  return found;
}

}  // namespace

TEST_CASE("a tree is listed as it is hashed: no .git, and no folder without files") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde";
  test::write_file(tree + "/src/deep/er/b.jl", "b");
  test::write_file(tree + "/src/a.jl", "aa");
  test::write_file(tree + "/.git/config", "x");
  std::filesystem::create_directories(tree + "/empty/er");
  REQUIRE(::symlink("src/a.jl", (tree + "/link").c_str()) == 0);
  const ListedTree listed = list(depot, 3);
  CHECK(listed.hash.hash == tree_hash(tree).hash);
  const std::string top = "packages/A/abcde";
  CHECK(paths(listed) == std::vector<std::string>{top, top + "/link", top + "/src", top + "/src/a.jl",
                                                  top + "/src/deep", top + "/src/deep/er",
                                                  top + "/src/deep/er/b.jl"});
  CHECK(listed.files[1].link == "src/a.jl");
  CHECK(listed.files[2].kind == BundleFileKind::folder);
  bytes::Digest digest;
  digest.add("aa");
  CHECK(listed.files[3].digest == digest.text());
  CHECK(listed.files[3].size == 2);
  CHECK(listed.contents == "aab");
  CHECK(!listed.problem);
}

TEST_CASE("contents are kept of a tree that has room, whole or not at all") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde";
  test::write_file(tree + "/a", "aa");
  test::write_file(tree + "/b", "b");
  test::write_file(tree + "/c", "");
  CHECK(list(depot, 3).contents == "aab");
  const ListedTree without = list(depot, 2);
  CHECK(!without.has_contents);
  CHECK(without.contents.empty());
  CHECK(without.files.back().digest == list(depot, 3).files.back().digest);
}

TEST_CASE("a tree that no bundle can hold has its hash, and says why") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde";
  test::write_file(tree + "/a", "a");
  REQUIRE(::symlink("/etc/passwd", (tree + "/link").c_str()) == 0);
  const ListedTree listed = list(depot, 100);
  CHECK(listed.hash.hash == tree_hash(tree).hash);
  REQUIRE(listed.problem);
  CHECK(listed.problem->kind() == ErrorKind::unsupported);
}

TEST_CASE("a tree that has no hash gives back what it took") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde";
  test::write_file(tree + "/a", "aaa");
  REQUIRE(::mkfifo((tree + "/b").c_str(), 0600) == 0);
  std::atomic<int64_t> room = 5;
  CHECK_THROWS_AS(list_tree(real_file_system(), *open_folder(real_file_system(), depot.path()),
                            "packages/A/abcde", {}, room, held),
                  Error);
  CHECK(room == 5);
}

}  // namespace jireloc::bundles
