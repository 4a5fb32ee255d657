#include "jireloc/tree_hash.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <vector>

#include "jireloc/error.hpp"
#include "support/git_oracle.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

namespace {

class TreeMaker {
 public:
  explicit TreeMaker(uint32_t seed) : random_(seed) {}

  void fill(const std::string& folder, int depth) {
    test::make_folders(folder);
    for (int i = pick(6); i > 0; --i) add_entry(folder + "/" + odd_name(), depth);
  }

 private:
  int pick(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  std::string odd_name() {
    static const char* const names[] = {"a",     "a.b",  "a-b", "a0",   "größe.jl", "with space", "tab\tname",
                                        "nl\nx", "\xff", "-n",  "a\"b", ".hidden",  "src",        "z"};
    std::string name = names[pick(std::size(names))];
    if (pick(2) == 0) name += std::to_string(pick(30));
    return name;
  }

  void add_entry(const std::string& path, int depth) {
    struct stat st;
    if (::lstat(path.c_str(), &st) == 0) return;  // that name is taken
    switch (pick(7)) {
      case 0:
        (void)!::symlink("elsewhere/x", path.c_str());
        return;
      case 1:
        if (depth < 4) test::make_folders(path + "/empty/emptier");
        return;
      case 2:
      case 3:
        if (depth < 4) fill(path, depth + 1);
        return;
      case 4:
        if (depth < 4) test::write_file(path + "/.git/HEAD", "ref");
        return;
      default:
        write_blob(path);
    }
  }

  void write_blob(const std::string& path) {
    static constexpr int sizes[] = {0, 1, 55, 64, 1000, 70000, 600000};
    std::string content(static_cast<size_t>(sizes[pick(std::size(sizes))]), '\0');
    std::generate(content.begin(), content.end(), [this] { return static_cast<char>(random_()); });
    test::write_file(path, content);
    static constexpr mode_t modes[] = {0644, 0755, 0600, 0400, 0654, 0700};
    ::chmod(path.c_str(), modes[pick(std::size(modes))]);
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("tree hashes of 300 generated folders equal those that git computes") {
  const test::GitOracle git;
  const uint32_t seed = std::random_device{}();
  std::cout << "seed of the generated folders: " << seed << "\n";
  for (uint32_t first = 0; first < 300; first += 50) {
    const TempFolder temp;
    std::vector<std::string> trees;
    for (uint32_t i = 0; i < 50; ++i) {
      trees.push_back(temp / std::to_string(i));
      TreeMaker(seed + first + i).fill(trees.back(), 0);
    }
    const std::vector<std::string> wanted = git.trees(trees);
    for (uint32_t i = 0; i < trees.size(); ++i) {
      INFO("seed " << seed << ", folder " << first + i);
      REQUIRE(wanted[i].size() == 40);
      REQUIRE(sha1_text(tree_hash(trees[i]).hash) == wanted[i]);
    }
  }
}

TEST_CASE("tree hashes of generated folders equal those of a real Julia's Pkg, its quirk included") {
  const char* julia = std::getenv("JIRELOC_JULIA");
  if (julia == nullptr) {
    WARN("skipped: JIRELOC_JULIA names no Julia (tools/install-julia)");
    return;
  }
  const TempFolder temp;
  const uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  constexpr uint32_t count = 40;
  for (uint32_t i = 0; i < count; ++i) {
    const std::string tree = temp / ("trees/" + std::to_string(1000 + i));
    TreeMaker(seed + i).fill(tree, 0);
    if (i % 4 == 0) REQUIRE(::symlink("größe/\xff\xe2\x82", (tree + "/odd link").c_str()) == 0);
  }
  const std::string program =
      "using Pkg; for d in readdir(ARGS[1]) println(bytes2hex(Pkg.GitTools.tree_hash(joinpath(ARGS[1], d)))) "
      "end";
  const std::string command = "HOME='" + temp.path() + "' '" + julia + "' --startup-file=no -e '" + program +
                              "' '" + temp / "trees" + "' > '" + temp / "hashes" + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  std::istringstream hashes(test::read_file(temp / "hashes"));
  std::string line;
  uint32_t compared = 0;
  for (uint32_t i = 0; std::getline(hashes, line); ++i, ++compared) {
    INFO("folder " << i);
    const TreeHash tree = tree_hash(temp / ("trees/" + std::to_string(1000 + i)));
    CHECK(tree.quirk.has_value() == (i % 4 == 0));
    CHECK(sha1_text(tree.quirk.value_or(tree.hash)) == line);
  }
  CHECK(compared == count);
}

TEST_CASE("a folder that holds nothing but folders has the hash of the empty tree") {
  const TempFolder temp;
  test::make_folders(temp / "tree/a/b/c");
  CHECK(sha1_text(tree_hash(temp / "tree").hash) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

TEST_CASE("a link is hashed by its text and never followed") {
  const TempFolder temp;
  test::write_file(temp / "outside", "secret");
  test::make_folders(temp / "tree");
  REQUIRE(::symlink("../outside", (temp / "tree/link").c_str()) == 0);
  const TreeHash before = tree_hash(temp / "tree");
  test::write_file(temp / "outside", "other");
  CHECK(tree_hash(temp / "tree").hash == before.hash);
  CHECK_FALSE(before.quirk);
}

TEST_CASE(
    "a link with a target that is not ASCII has a second hash, computed from its length in characters") {
  const TempFolder temp;
  test::make_folders(temp / "tree/sub");
  REQUIRE(::symlink("größe", (temp / "tree/sub/link").c_str()) == 0);
  const TreeHash tree = tree_hash(temp / "tree");
  CHECK(sha1_text(tree.hash) == test::GitOracle().tree(temp / "tree"));
  REQUIRE(tree.quirk);
  CHECK(*tree.quirk != tree.hash);
}

TEST_CASE("a pipe in the folder is reported by name and does not block") {
  const TempFolder temp;
  test::make_folders(temp / "tree/sub");
  REQUIRE(::mkfifo((temp / "tree/sub/pipe").c_str(), 0600) == 0);
  try {
    tree_hash(temp / "tree");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unsupported);
    CHECK(error.file() == temp / "tree/sub/pipe");
  }
}

TEST_CASE("folders nested without bound are refused, not followed until the stack ends") {
  const TempFolder temp;
  std::string path = temp / "tree";
  for (int i = 0; i < 140; ++i) path += "/d";
  test::write_file(path + "/file", "x");
  try {
    tree_hash(temp / "tree");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::too_large);
  }
}

TEST_CASE("hashes are read and written as 40 hexadecimal digits") {
  const std::string text = "0123456789abcdef0123456789abcdef01234567";
  REQUIRE(parse_sha1(text));
  CHECK(sha1_text(*parse_sha1(text)) == text);
  CHECK_FALSE(parse_sha1(text.substr(1)));
  CHECK_FALSE(parse_sha1("g" + text.substr(1)));
}

TEST_CASE(
    "a folder that holds only .git counts as empty where .git holds no file, as in Julia's contains_files") {
  const TempFolder temp;
  test::write_file(temp / "tree/file", "x");
  const Sha1 without = tree_hash(temp / "tree").hash;
  test::make_folders(temp / "tree/sub/.git/refs/heads");
  CHECK(tree_hash(temp / "tree").hash == without);
  test::write_file(temp / "tree/sub/.git/refs/heads/main", "x");
  CHECK(tree_hash(temp / "tree").hash != without);
}

TEST_CASE("what a folder holds outside of its git tree is named") {
  const TempFolder temp;
  test::write_file(temp / "tree/src/file", "x");
  CHECK(tree_hash(temp / "tree").outside.count == 0);
  test::make_folders(temp / "tree/void/deeper");
  CHECK(tree_hash(temp / "tree").outside.first == std::vector<std::string>{"void"});
  CHECK_FALSE(tree_hash(temp / "tree").outside.git);
  test::write_file(temp / "tree/.git/hooks/pre-commit", "x");
  test::write_file(temp / "tree/src/.git", "gitdir: elsewhere");
  for (const char* name : {"a", "b"}) test::make_folders(temp / (std::string("tree/src/") + name));
  const OutsideTree outside = tree_hash(temp / "tree").outside;
  CHECK(outside.count == 5);
  CHECK(outside.git);
  CHECK(outside.first == std::vector<std::string>{".git", "src/.git", "src/a"});
}

TEST_CASE("a folder beyond the limits given is refused without being read whole") {
  const TempFolder temp;
  test::write_file(temp / "tree/a", "1234");
  test::write_file(temp / "tree/b/c", "5678");
  CHECK_NOTHROW(tree_hash(temp / "tree", {.most_entries = 3, .most_bytes = 8}));
  for (const TreeLimits limits : {TreeLimits{.most_entries = 2}, TreeLimits{.most_bytes = 7}}) {
    try {
      tree_hash(temp / "tree", limits);
      FAIL("hashed");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::too_large);
    }
  }
  REQUIRE(::truncate((temp / "tree/a").c_str(), int64_t{1} << 43) == 0);
  CHECK_THROWS_AS(tree_hash(temp / "tree"), Error);
}
