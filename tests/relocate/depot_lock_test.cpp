#include "relocate/depot_lock.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <thread>

#include "bytes/folders.hpp"
#include "bytes/temporaries.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::TempFolder;
using test::write_file;
using namespace std::chrono_literals;

TEST_CASE("a second holder is refused, and told the process that holds the lock") {
  TempFolder folder;
  auto depot = open_folder(real_file_system(), folder.path());
  const DepotLock lock(real_file_system(), *depot);
  try {
    const DepotLock second(real_file_system(), *depot);
    FAIL("locked twice");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::conflict);
    CHECK(error.message().find("process " + std::to_string(::getpid()) + " on ") != std::string::npos);
  }
}

TEST_CASE("whoever waits gets the lock when it is released, and heard of its holder once") {
  TempFolder folder;
  auto depot = open_folder(real_file_system(), folder.path());
  auto lock = std::make_unique<DepotLock>(real_file_system(), *depot);
  int announcements = 0;
  std::jthread releaser([&] {
    std::this_thread::sleep_for(100ms);
    lock.reset();
  });
  const auto start = std::chrono::steady_clock::now();
  const DepotLock second(
      real_file_system(), *depot,
      {.timeout = 20s, .waiting = [&](const std::string&) { ++announcements; }, .stop = {}});
  CHECK(std::chrono::steady_clock::now() - start > 50ms);
  CHECK(announcements == 1);
}

TEST_CASE("a lock is not waited for longer than the timeout, nor after a request to stop") {
  TempFolder folder;
  auto depot = open_folder(real_file_system(), folder.path());
  const DepotLock lock(real_file_system(), *depot);
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(DepotLock(real_file_system(), *depot, {.timeout = 60ms, .waiting = {}, .stop = {}}), Error);
  CHECK_THROWS_AS(
      DepotLock(real_file_system(), *depot, {.timeout = 1h, .waiting = {}, .stop = [] { return true; }}),
      Error);
  CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("the lock of a killed process is free") {
  TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto depot = open_folder(real_file_system(), folder.path());
    const DepotLock lock(real_file_system(), *depot);
    ::_exit(0);  // as abrupt as a kill: no destructor runs
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  auto depot = open_folder(real_file_system(), folder.path());
  REQUIRE(std::filesystem::exists(folder / ".jireloc-lock"));
  CHECK_NOTHROW(DepotLock(real_file_system(), *depot));
}

TEST_CASE("a planted symbolic link or pipe is not taken for the lock file") {
  TempFolder folder;
  write_file(folder / "precious", "keep");
  SECTION("a link") {
    std::filesystem::create_symlink("precious", folder / ".jireloc-lock");
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo((folder / ".jireloc-lock").c_str(), 0600) == 0);
  }
  auto depot = open_folder(real_file_system(), folder.path());
  CHECK_THROWS_AS(DepotLock(real_file_system(), *depot), Error);
  CHECK(test::read_file(folder / "precious") == "keep");
}

TEST_CASE("a further name of somebody's file is not taken for the lock file, nor written to") {
  TempFolder folder;
  write_file(folder / "precious", std::string(500, 'p'));
  std::filesystem::create_hard_link(folder / "precious", folder / ".jireloc-lock");
  auto depot = open_folder(real_file_system(), folder.path());
  try {
    const DepotLock lock(real_file_system(), *depot);
    FAIL("locked");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unsupported);
    CHECK(error.message().find("2 names") != std::string::npos);
  }
  CHECK(test::read_file(folder / "precious") == std::string(500, 'p'));
}

TEST_CASE("a lock file of a stranger is refused, unless others may write to the depot or it is theirs") {
  if (::geteuid() != 0) {
    WARN("not root: files of other users cannot be made");
    return;
  }
  TempFolder folder;
  write_file(folder / ".jireloc-lock", "mine");
  REQUIRE(::chown((folder / ".jireloc-lock").c_str(), 4321, 4321) == 0);
  const auto depot = open_folder(real_file_system(), folder.path());
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  CHECK_THROWS_AS(DepotLock(real_file_system(), *depot), Error);
  CHECK(test::read_file(folder / ".jireloc-lock") == "mine");
  REQUIRE(::chmod(folder.path().c_str(), 0775) == 0);
  CHECK_NOTHROW(DepotLock(real_file_system(), *depot));
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chown(folder.path().c_str(), 4321, 4321) == 0);
  CHECK_NOTHROW(DepotLock(real_file_system(), *depot));
}

namespace {
// Another process removes the lock file just after it was opened here, and makes and holds another one.
class Replaced final : public test::ForwardingFileSystem {
 public:
  explicit Replaced(std::string path) : ForwardingFileSystem(real_file_system()), path_(std::move(path)) {}
  int lock(int fd, int operation) override {
    if (!std::exchange(done_, true)) {
      std::filesystem::remove(path_);
      write_file(path_, "");
    }
    return ForwardingFileSystem::lock(fd, operation);
  }

 private:
  std::string path_;
  bool done_ = false;
};
}  // namespace

TEST_CASE("a lock on a file that is no longer the depot's lock file is not taken for the lock") {
  TempFolder folder;
  Replaced system(folder / ".jireloc-lock");
  const auto depot = open_folder(system, folder.path());
  const DepotLock lock(system, *depot);
  CHECK_THROWS_AS(DepotLock(real_file_system(), *depot), Error);
}

TEST_CASE("only those who may write to the depot may open its lock file") {
  TempFolder folder;
  const mode_t depot_mode = GENERATE(0755, 0775);
  REQUIRE(::chmod(folder.path().c_str(), depot_mode) == 0);
  auto depot = open_folder(real_file_system(), folder.path());
  const DepotLock lock(real_file_system(), *depot);
  struct stat info {};
  REQUIRE(::stat((folder / ".jireloc-lock").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == (depot_mode == 0755 ? 0600U : 0660U));
}

TEST_CASE("a folder that everybody may write to is refused, sticky or not") {
  TempFolder folder;
  auto depot = open_folder(real_file_system(), folder.path());
  REQUIRE(::chmod(folder.path().c_str(), 0775) == 0);
  CHECK_NOTHROW(require_not_world_writable(real_file_system(), *depot));
  for (const mode_t mode : {0777, 01777}) {
    REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
    CHECK_THROWS_AS(require_not_world_writable(real_file_system(), *depot), Error);
  }
}

TEST_CASE("leftovers of killed processes are removed: folders at once, files when they are old enough") {
  TempFolder folder;
  std::filesystem::create_directories(folder / ".jireloc-1-2/deep/er");
  write_file(folder / ".jireloc-1-2/deep/er/file", "x");
  write_file(folder / ".jireloc-1-3", "x");
  write_file(folder / "slug_abcde.ji", "x");
  auto here = open_folder(real_file_system(), folder.path());
  CHECK(remove_leftovers(real_file_system(), *here, ::time(nullptr) - 3600) == 1);
  CHECK(folder.names() == std::vector<std::string>{".jireloc-1-3", "slug_abcde.ji"});
  CHECK(remove_leftovers(real_file_system(), *here, ::time(nullptr) + 3600) == 1);
  CHECK(folder.names() == std::vector<std::string>{"slug_abcde.ji"});
}
