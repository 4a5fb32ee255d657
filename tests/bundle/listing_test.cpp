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

ListedTree list(const test::TempFolder& depot, HeldContents& held) {
  return list_tree(real_file_system(), *open_folder(real_file_system(), depot.path()), "packages/A/abcde", {},
                   held);
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
  HeldContents held(3);
  const ListedTree listed = list(depot, held);
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
  REQUIRE(held.find(top + "/src/a.jl"));
  CHECK(held.find(top + "/src/a.jl")->content == "aa");
  CHECK(held.find(top + "/src/a.jl")->seconds == listed.files[3].seconds);
  CHECK(held.find(top + "/src/a.jl")->nanoseconds == listed.files[3].nanoseconds);
  CHECK(held.find(top + "/src/deep/er/b.jl")->content == "b");
  CHECK(!held.find(top + "/.git/config"));
  CHECK(!held.find(top + "/link"));
  CHECK(!listed.problem);
}

TEST_CASE("contents are kept as long as there is room, and digests of all are told") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde", top = "packages/A/abcde";
  test::write_file(tree + "/a", "aa");
  test::write_file(tree + "/b", "bb");
  test::write_file(tree + "/c", "c");
  test::write_file(tree + "/d", "");
  HeldContents enough(5), too_little(3);
  const ListedTree with = list(depot, enough), without = list(depot, too_little);
  CHECK(enough.find(top + "/b")->content == "bb");
  CHECK(too_little.find(top + "/a")->content == "aa");
  CHECK(!too_little.find(top + "/b"));
  CHECK(too_little.find(top + "/c")->content == "c");
  CHECK(too_little.find(top + "/d")->content.empty());
  for (size_t i = 0; i < with.files.size(); ++i) CHECK(with.files[i].digest == without.files.at(i).digest);
}

TEST_CASE("a tree that no bundle can hold has its hash, and says why") {
  const test::TempFolder depot{test::TempFolder::Where::memory};
  const std::string tree = depot / "packages/A/abcde";
  test::write_file(tree + "/a", "a");
  REQUIRE(::symlink("/etc/passwd", (tree + "/link").c_str()) == 0);
  HeldContents held(100);
  const ListedTree listed = list(depot, held);
  CHECK(listed.hash.hash == tree_hash(tree).hash);
  REQUIRE(listed.problem);
  CHECK(listed.problem->kind() == ErrorKind::unsupported);
}

}  // namespace jireloc::bundles
