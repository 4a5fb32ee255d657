#include "relocate/tree_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "jireloc/tree_hash.hpp"
#include "relocate/tree_compare.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::read_file;
using test::TempFolder;
using test::write_file;

namespace {

using Names = std::vector<std::string>;

struct stat status(const std::string& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info;
}

void set_time(const std::string& path, int64_t seconds, int64_t nanoseconds) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

// A source with a package in it, and a target beside it.
struct Depots {
  TempFolder root;
  std::shared_ptr<Folder> source, target;
  explicit Depots(TempFolder::Where where = TempFolder::Where::disk) : root(where) {
    for (const char* name :
         {"source", "target", "source/pkg", "source/pkg/src", "source/pkg/src/deep", "source/pkg/empty"}) {
      std::filesystem::create_directory(root / name);
    }
    write_file(root / "source/pkg/Project.toml", "name = \"Pkg\"\n");
    write_file(root / "source/pkg/src/Pkg.jl", "module Pkg end\n");
    write_file(root / "source/pkg/src/deep/big.bin", std::string(700'000, 'b'));
    write_file(root / "source/pkg/src/run.sh", "#!/bin/sh\n");
    write_file(root / "source/pkg/nothing", "");
    std::filesystem::permissions(root / "source/pkg/src/run.sh", std::filesystem::perms(04750));
    std::filesystem::permissions(root / "source/pkg/Project.toml", std::filesystem::perms(0400));
    std::filesystem::create_symlink("src/Pkg.jl", root / "source/pkg/link.jl");
    std::filesystem::create_symlink("/nowhere/at/all", root / "source/pkg/dangling");
    source = open_folder(real_file_system(), root / "source");
    target = open_folder(real_file_system(), root / "target");
  }
  StagedTree copy(const TreeCopyOptions& options = {}) {
    return copy_tree(real_file_system(), *source, "pkg", target, "pkg", options);
  }
  std::optional<TreeDifference> difference() {
    return find_tree_difference(real_file_system(), *open_folder_in(real_file_system(), *source, "pkg"),
                                *open_folder_in(real_file_system(), *target, "pkg"));
  }
};

// Listing a folder takes memory.
class NoMemory final : public test::ForwardingFileSystem {
 public:
  NoMemory() : ForwardingFileSystem(real_file_system()) {}
  ssize_t list(int fd, void* buffer, size_t size) override {
    if (is_used_up) throw std::bad_alloc();
    return ForwardingFileSystem::list(fd, buffer, size);
  }

  bool is_used_up = false;
};

// A file system that shares no blocks, and, where asked, does not tell where holes are.
class NoClone final : public test::ForwardingFileSystem {
 public:
  NoClone() : ForwardingFileSystem(real_file_system()) {}
  int clone(int, int) override { return -EOPNOTSUPP; }
  off_t seek(int fd, off_t offset, int whence) override {
    const bool refused = refuse_holes && (whence == SEEK_DATA || whence == SEEK_HOLE);
    return refused ? -EINVAL : ForwardingFileSystem::seek(fd, offset, whence);
  }
  bool refuse_holes = false;
};

std::optional<ErrorKind> kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return {};
}

}  // namespace

TEST_CASE("a copied tree appears under its name only when it is published, and is equal then") {
  Depots depots;
  {
    StagedTree staged = depots.copy();
    CHECK(is_temporary_name(depots.root.names("target").at(0)));
    CHECK(depots.root.names("target").size() == 1);
    CHECK(read_file(staged.path() + "/src/Pkg.jl") == "module Pkg end\n");
    CHECK(staged.figures().files == 5);
    CHECK(staged.figures().folders == 3);
    CHECK(staged.figures().links == 2);
    CHECK(staged.figures().bytes == 700'000 + 13 + 15 + 10);
    staged.publish();
  }
  CHECK(depots.root.names("target") == Names{"pkg"});
  CHECK(read_file(depots.root / "target/pkg/src/deep/big.bin") == std::string(700'000, 'b'));
  CHECK(std::filesystem::read_symlink(depots.root / "target/pkg/dangling") == "/nowhere/at/all");
  CHECK_FALSE(depots.difference());
}

TEST_CASE("what is outside of the git tree is not copied, and is no difference") {
  Depots depots;
  for (const char* folder : {".git/hooks", "src/.git"})
    std::filesystem::create_directories(depots.root / (std::string("source/pkg/") + folder));
  for (const char* name : {".git/hooks/post-checkout", "src/.git/config", "src/deep/.git"})
    write_file(depots.root / (std::string("source/pkg/") + name), "#!/bin/sh\n");
  std::filesystem::create_directories(depots.root / "source/pkg/src/none/at/all");
  depots.copy().publish();
  CHECK(depots.root.names("target/pkg") == Names{"Project.toml", "dangling", "link.jl", "nothing", "src"});
  CHECK(depots.root.names("target/pkg/src") == Names{"Pkg.jl", "deep", "run.sh"});
  CHECK(depots.root.names("target/pkg/src/deep") == Names{"big.bin"});
  CHECK_FALSE(depots.difference());
  CHECK(tree_hash(depots.root / "source/pkg").hash == tree_hash(depots.root / "target/pkg").hash);
}

TEST_CASE("what is no git tree is copied whole, with folders that hold nothing and what is named .git") {
  Depots depots;
  std::filesystem::create_directories(depots.root / "source/pkg/.git/hooks/none");
  write_file(depots.root / "source/pkg/.git/config", "bare\n");
  const WalkLimits limits{.whole = true};
  const auto difference = [&] {
    return find_tree_difference(real_file_system(),
                                *open_folder_in(real_file_system(), *depots.source, "pkg"),
                                *open_folder_in(real_file_system(), *depots.target, "pkg"), limits);
  };
  depots.copy({.whole = true}).publish();
  CHECK(depots.root.names("target/pkg/.git") == Names{"config", "hooks"});
  CHECK(depots.root.names("target/pkg/.git/hooks") == Names{"none"});
  CHECK(depots.root.names("target/pkg/empty").empty());
  CHECK_FALSE(difference());
  std::filesystem::remove(depots.root / "target/pkg/empty");
  REQUIRE(difference());
  CHECK(difference()->path == "empty");
}

TEST_CASE("files that their owner may not write to are nobody's to write to") {
  Depots depots;
  std::filesystem::permissions(depots.root / "source/pkg/src/run.sh", std::filesystem::perms(0500));
  depots.copy({.file_mode = 0664}).publish();
  CHECK((status(depots.root / "target/pkg/Project.toml").st_mode & 07777) == 0444);
  CHECK((status(depots.root / "target/pkg/src/run.sh").st_mode & 07777) == 0555);
  CHECK((status(depots.root / "target/pkg/src/Pkg.jl").st_mode & 07777) == 0664);
}

TEST_CASE("holes of a sparse file stay holes, wherever they are") {
  Depots depots;
  const std::string path = depots.root / "source/pkg/sparse";
  constexpr off_t kMegabyte = 1 << 20;
  write_file(path, "");
  const bool data_first = GENERATE(true, false), data_last = GENERATE(true, false);
  const int fd = ::open(path.c_str(), O_WRONLY);
  REQUIRE(::ftruncate(fd, 64 * kMegabyte) == 0);
  if (data_first) REQUIRE(::pwrite(fd, "begin", 5, 0) == 5);
  REQUIRE(::pwrite(fd, "middle", 6, 30 * kMegabyte) == 6);
  if (data_last) REQUIRE(::pwrite(fd, "end", 3, 64 * kMegabyte - 3) == 3);
  ::close(fd);
  if (status(path).st_blocks > 8192) {
    WARN("this file system has no holes");
    return;
  }
  NoClone system;
  copy_tree(system, *depots.source, "pkg", depots.target, "pkg").publish();
  const auto copied = status(depots.root / "target/pkg/sparse");
  CHECK(copied.st_size == 64 * kMegabyte);
  CHECK(copied.st_blocks <= 8192);
  CHECK_FALSE(depots.difference());
}

TEST_CASE("where holes cannot be looked for, a sparse file is copied whole") {
  Depots depots;
  REQUIRE(::truncate((depots.root / "source/pkg/nothing").c_str(), 1'000'000) == 0);
  NoClone system;
  system.refuse_holes = true;
  copy_tree(system, *depots.source, "pkg", depots.target, "pkg").publish();
  CHECK_FALSE(depots.difference());
}

TEST_CASE("a copy that is not published leaves nothing") {
  Depots depots;
  { const StagedTree staged = depots.copy(); }
  CHECK(depots.root.names("target").empty());
}

TEST_CASE("a copy that cannot be removed for want of memory is left over, and nothing else comes of it") {
  Depots depots;
  NoMemory system;
  {
    const StagedTree staged = copy_tree(system, *depots.source, "pkg", depots.target, "pkg", {});
    system.is_used_up = true;
  }
  CHECK_FALSE(std::filesystem::is_empty(depots.root / "target"));
}

TEST_CASE("times of files, links and folders are copied to the nanosecond") {
  Depots depots;
  const Names paths{"pkg/src/Pkg.jl", "pkg/link.jl", "pkg/src/deep", "pkg/src", "pkg"};
  for (size_t i = 0; i < paths.size(); ++i) {
    set_time(depots.root / ("source/" + paths[i]), 1'600'000'000 + static_cast<int64_t>(i),
             123'456'789 + static_cast<int64_t>(i));
  }
  depots.copy().publish();
  for (size_t i = 0; i < paths.size(); ++i) {
    INFO(paths[i]);
    const auto copied = status(depots.root / ("target/" + paths[i]));
    CHECK(copied.st_mtim.tv_sec == 1'600'000'000 + static_cast<int64_t>(i));
    CHECK(copied.st_mtim.tv_nsec == 123'456'789 + static_cast<int64_t>(i));
  }
}

TEST_CASE(
    "copies can be read by all, executable ones run by all, for all else whatever the source's mode and the "
    "umask") {
  Depots depots;
  const mode_t umask_before = ::umask(077);
  depots.copy().publish();
  ::umask(umask_before);
  CHECK((status(depots.root / "target/pkg").st_mode & 07777) == 0755);
  CHECK((status(depots.root / "target/pkg/src/deep").st_mode & 07777) == 0755);
  CHECK((status(depots.root / "target/pkg/Project.toml").st_mode & 07777) == 0444);
  CHECK((status(depots.root / "target/pkg/src/run.sh").st_mode & 07777) == 0755);  // set-user-id is gone
}

TEST_CASE("modes and owner are those asked for") {
  Depots depots;
  TreeCopyOptions options{.file_mode = 0640, .folder_mode = 0750};
  if (::geteuid() == 0) options.owner = {1234, 5678};
  depots.copy(options).publish();
  CHECK((status(depots.root / "target/pkg/src").st_mode & 07777) == 0750);
  CHECK((status(depots.root / "target/pkg/src/Pkg.jl").st_mode & 07777) == 0640);
  CHECK((status(depots.root / "target/pkg/src/run.sh").st_mode & 07777) == 0750);
  if (::geteuid() == 0) {
    for (const char* path : {"target/pkg", "target/pkg/src/Pkg.jl", "target/pkg/link.jl"}) {
      CHECK(status(depots.root / path).st_uid == 1234);
      CHECK(status(depots.root / path).st_gid == 5678);
    }
  }
}

TEST_CASE("an existing folder, file or link of that name is a conflict and stays as it is") {
  Depots depots;
  StagedTree staged = depots.copy();
  SECTION("a folder, even an empty one") {
    std::filesystem::create_directory(depots.root / "target/pkg");
  }
  SECTION("a file") {
    write_file(depots.root / "target/pkg", "x");
  }
  SECTION("a dangling link") {
    std::filesystem::create_symlink("nowhere", depots.root / "target/pkg");
  }
  const auto before = status(depots.root / "target/pkg").st_ino;
  CHECK(kind_of([&] { staged.publish(); }) == ErrorKind::conflict);
  CHECK(status(depots.root / "target/pkg").st_ino == before);
}

TEST_CASE("hard links are made where the file needs no change, copies elsewhere") {
  Depots depots;
  std::filesystem::permissions(depots.root / "source/pkg/src/Pkg.jl", std::filesystem::perms(0644));
  StagedTree staged = depots.copy({.hard_links = true});
  staged.publish();
  CHECK(status(depots.root / "target/pkg/src/Pkg.jl").st_ino ==
        status(depots.root / "source/pkg/src/Pkg.jl").st_ino);
  CHECK(status(depots.root / "target/pkg/Project.toml").st_nlink == 1);
  CHECK_FALSE(depots.difference());
}

TEST_CASE("special files are refused with their kind, and nothing is left") {
  Depots depots;
  REQUIRE(::mkfifo((depots.root / "source/pkg/src/pipe").c_str(), 0600) == 0);
  try {
    depots.copy();
    FAIL("copied");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unsupported);
    CHECK(error.message().find("named pipe") != std::string::npos);
    CHECK(error.file() == depots.root / "source/pkg/src/pipe");
  }
  CHECK(depots.root.names("target").empty());
}

TEST_CASE("a symbolic link in place of the package folder is not followed") {
  Depots depots;
  std::filesystem::create_symlink("pkg", depots.root / "source/alias");
  CHECK(kind_of([&] { copy_tree(real_file_system(), *depots.source, "alias", depots.target, "pkg"); }) ==
        ErrorKind::io);
  CHECK(kind_of([&] {
          copy_tree(real_file_system(), *depots.source, "../source/pkg", depots.target, "pkg");
        }) == ErrorKind::io);
  CHECK(kind_of([&] { copy_tree(real_file_system(), *depots.source, "pkg", depots.target, "../escape"); }) ==
        ErrorKind::unsupported);
}

TEST_CASE("limits on bytes and entries, and a request to stop, end a copy and leave nothing") {
  Depots depots;
  const std::atomic<bool> stop{true};
  CHECK(kind_of([&] { depots.copy({.most_bytes = 700'000}); }) == ErrorKind::too_large);
  CHECK(kind_of([&] { depots.copy({.most_entries = 5}); }) == ErrorKind::too_large);
  CHECK(kind_of([&] { depots.copy({.stop = &stop}); }) == ErrorKind::interrupted);
  CHECK(depots.root.names("target").empty());
}

TEST_CASE("a huge sparse file is refused before anything of it is copied") {
  Depots depots;
  REQUIRE(::truncate((depots.root / "source/pkg/nothing").c_str(), int64_t{1} << 40) == 0);
  CHECK(kind_of([&] { depots.copy(); }) == ErrorKind::too_large);
}

TEST_CASE("a tree 10,000 folders deep is an error for a copy and a comparison, and can be removed") {
  Depots depots(TempFolder::Where::memory);
  int fd = ::open((depots.root / "source/pkg").c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 10'000; ++depth) {
    REQUIRE(::mkdirat(fd, "d", 0700) == 0);
    const int next = ::openat(fd, "d", O_RDONLY | O_DIRECTORY);
    REQUIRE(next >= 0);
    ::close(fd);
    fd = next;
  }
  REQUIRE(::mkdirat(fd, "last", 0700) == 0);
  ::close(fd);
  CHECK(kind_of([&] { depots.copy(); }) == ErrorKind::too_large);
  CHECK(depots.root.names("target").empty());
  const auto deep = open_folder_in(real_file_system(), *depots.source, "pkg");
  CHECK(kind_of([&] { find_tree_difference(real_file_system(), *deep, *deep); }) == ErrorKind::too_large);
  remove_tree(real_file_system(), *depots.source, "pkg");
  CHECK(depots.root.names("source").empty());
}

TEST_CASE("a wide tree is copied with few descriptors") {
  Depots depots(TempFolder::Where::memory);
  for (int i = 0; i < 1500; ++i) {
    const std::string folder = depots.root / ("source/pkg/wide/" + std::to_string(i) + "/x");
    std::filesystem::create_directories(folder);
    write_file(folder + "/file", "");
  }
  depots.copy().publish();
  CHECK(depots.root.names("target/pkg/wide").size() == 1500);
  remove_tree(real_file_system(), *depots.target, "pkg");
  CHECK(depots.root.names("target").empty());
}

TEST_CASE("each kind of difference between two trees is found and named") {
  Depots depots;
  depots.copy().publish();
  REQUIRE_FALSE(depots.difference());
  const std::string pkg = depots.root / "target/pkg";
  std::string expected;
  SECTION("content of the same length") {
    write_file(pkg + "/src/Pkg.jl", "module Pkg END\n"), expected = "src/Pkg.jl";
  }
  SECTION("length") {
    write_file(pkg + "/src/Pkg.jl", "module Pkg end\n\n"), expected = "src/Pkg.jl";
  }
  SECTION("a new file") {
    write_file(pkg + "/src/deep/new", ""), expected = "src/deep/new";
  }
  SECTION("a missing file") {
    std::filesystem::remove(pkg + "/nothing"), expected = "nothing";
  }
  SECTION("an executable bit") {
    std::filesystem::permissions(pkg + "/nothing", std::filesystem::perms(0744)), expected = "nothing";
  }
  SECTION("a link's text") {
    std::filesystem::remove(pkg + "/link.jl");
    std::filesystem::create_symlink("src/pkg.jl", pkg + "/link.jl"), expected = "link.jl";
  }
  SECTION("a file in place of a link") {
    std::filesystem::remove(pkg + "/link.jl");
    write_file(pkg + "/link.jl", "src/Pkg.jl"), expected = "link.jl";
  }
  const auto difference = depots.difference();
  REQUIRE(difference);
  CHECK(difference->path == expected);
  CHECK_FALSE(difference->message.empty());
}

TEST_CASE("empty folders, times and modes other than the owner's executable bit make no difference") {
  Depots depots;
  depots.copy().publish();
  std::filesystem::create_directories(depots.root / "target/pkg/more/empty");
  set_time(depots.root / "target/pkg/src/Pkg.jl", 1, 1);
  std::filesystem::permissions(depots.root / "target/pkg/src/Pkg.jl", std::filesystem::perms(0600));
  CHECK_FALSE(depots.difference());
}
