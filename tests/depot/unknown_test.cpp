// What cannot be looked at is neither there nor absent, neither proved nor disproved.
#include <fcntl.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>

#include "bytes/reading.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"
#include "jireloc/proof.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::Call;
using test::TempFolder;

namespace {

// Every call of one kind fails.
class FailingFileSystem final : public test::ForwardingFileSystem {
 public:
  FailingFileSystem(Call call, int problem)
      : ForwardingFileSystem(real_file_system()), call_(call), problem_(problem) {}

 protected:
  ssize_t around(Call call, size_t*, const std::function<ssize_t()>& forward) override {
    return call == call_ ? -problem_ : forward();
  }

 private:
  Call call_;
  int problem_;
};

// Counts the descriptors that are open at a time.
class CountingFileSystem final : public test::ForwardingFileSystem {
 public:
  CountingFileSystem() : ForwardingFileSystem(real_file_system()) {}
  int open_now = 0, most = 0;

 protected:
  ssize_t around(Call call, size_t*, const std::function<ssize_t()>& forward) override {
    const ssize_t result = forward();
    const bool opens = call == Call::open || call == Call::open_beneath;
    if (opens && result >= 0) most = std::max(most, ++open_now);
    if (call == Call::close) --open_now;
    return result;
  }
};

struct Package {
  TempFolder temp;
  CacheFile file;
  ProofCache cache;
  std::string folder;

  Package() {
    test::write_file(temp / "built/src/P.jl", "module P end");
    test::write_file(temp / "built/Project.toml", "name = \"P\"");
    folder = temp / ("packages/P/" + version_slug({1, 2}, tree_hash(temp / "built").hash, 5));
    test::make_folders(temp / "packages/P");
    std::filesystem::rename(temp / "built", folder);
    file.layout = &layouts()[0];
    file.worklist.push_back({"P", {1, 2}, 3});
  }
  Proof prove(const std::string& below = "src/P.jl") {
    Dependency dependency;
    dependency.path = "/old/packages/P/abcde/" + below;
    return jireloc::prove(file, dependency, folder + "/" + below, {}, cache);
  }
};

constexpr int kProblems[] = {EIO, EACCES, EMFILE, ENFILE, ENOMEM, ESTALE, ETIMEDOUT, ELOOP};

}  // namespace

TEST_CASE("a stat that fails says neither that something is there nor that it is not") {
  const TempFolder temp;
  test::write_file(temp / "file", "x");
  for (const int problem : kProblems) {
    FailingFileSystem failing(Call::stat_at, problem);
    const ReadingThrough reading(failing);
    const FileStatus status = file_status(temp / "file");
    CHECK(status.is_unknown());
    CHECK(status.problem == problem);
    CHECK_FALSE(status.exists());
    CHECK_THROWS_AS(FileView().known_status(temp / "file"), Error);
  }
  CHECK(file_status(temp / "none").type == FileStatus::Type::none);
  CHECK(file_status(temp / "file/below").type == FileStatus::Type::none);
  CHECK(file_status("/" + std::string(5000, 'x')).type == FileStatus::Type::none);
}

TEST_CASE("what is not found is absent only where the folder that would hold it could be opened and read") {
  const TempFolder temp;
  test::write_file(temp / "file", "x");
  CHECK_NOTHROW(require_certain_absence(temp / "none"));
  CHECK_NOTHROW(require_certain_absence(temp / "none/of/these"));
  CHECK_NOTHROW(require_certain_absence(temp / "file/below"));
  CHECK_NOTHROW(require_certain_absence("none-of-that-name"));
  for (const Call call : {Call::open, Call::list}) {
    FailingFileSystem failing(call, EACCES);
    const ReadingThrough reading(failing);
    CHECK_THROWS_AS(require_certain_absence(temp / "none/of/these"), Error);
  }
}

TEST_CASE("whichever call of a proof fails, nothing is disproved") {
  for (const int problem : kProblems) {
    for (const Call call : {Call::open, Call::list, Call::read, Call::stat, Call::stat_at}) {
      Package package;
      FailingFileSystem failing(call, problem);
      const ReadingThrough reading(failing);
      const Proof proof = package.prove();
      INFO(name(call) << ": " << proof.reason);
      CHECK_FALSE(proof.proven());
      CHECK_FALSE(proof.absent);
      CHECK(proof.unknown);
    }
  }
}

TEST_CASE("a changed package disproves its files, and one that is gone leaves them absent") {
  Package package;
  test::write_file(package.folder + "/src/P.jl", "module Q end");
  CHECK_FALSE(package.prove().unknown);
  CHECK_FALSE(package.prove().proven());
  CHECK(package.prove("src/none.jl").absent);
  CHECK_FALSE(package.prove("src/none.jl").unknown);
}

TEST_CASE("a project file that cannot be looked at is not taken for one that is not there") {
  Package package;
  FailingFileSystem failing(Call::stat_at, EIO);
  const ReadingThrough reading(failing);
  CHECK_THROWS_AS(read_project_of(package.folder, FileView()), Error);
}

TEST_CASE("a tree hash holds a few descriptors, however deep the tree is") {
  const TempFolder temp;
  std::string path = temp / "top";
  for (int depth = 0; depth < 120; ++depth) {
    path += "/d";
    if (depth % 7 == 0) test::write_file(path + "/file", "x");
    if (depth % 11 == 0) test::write_file(path + "/e/other", "y");
  }
  test::write_file(path + "/last", "z");
  const TreeHash plain = tree_hash(temp / "top");
  CountingFileSystem counting;
  const ReadingThrough reading(counting);
  CHECK(tree_hash(temp / "top").hash == plain.hash);
  CHECK(counting.open_now == 0);
  CHECK(counting.most <= 6);
}

TEST_CASE("links are resolved as realpath resolves them") {
  const TempFolder temp;
  test::write_file(temp / "a/b/file", "x");
  std::filesystem::create_directory_symlink(temp / "a", temp / "link");
  std::filesystem::create_symlink("../link/b/file", temp / "a/relative");
  for (const char* below : {"link/b/file", "link/../a/b/./file", "link/relative"})
    CHECK(resolve_links(temp / below) == std::filesystem::canonical(temp / below).string());
}
