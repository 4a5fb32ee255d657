#include "bytes/temporaries.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <thread>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "support/child.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::TempFolder;
using test::write_file;

TEST_CASE("temporary names are all different, recognised, and begin with neither slug nor package name") {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(temporary_name());
  CHECK(names.size() == 1000);
  for (const auto& name : names) {
    CHECK(name.starts_with(".jireloc-" + std::to_string(::getpid()) + "-"));
    CHECK(is_temporary_name(name));
  }
  for (const char* other :
       {"", ".jireloc", ".jireloc-1", ".jireloc-1-", ".jireloc-1-2x", ".jireloc--2", "x.jireloc-1-2"}) {
    CHECK_FALSE(is_temporary_name(other));
  }
}

TEST_CASE(
    "a signal handler removes every live temporary file, also more of them than the register began with") {
  TempFolder folder;
  write_file(folder / "target", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    struct sigaction action {};
    action.sa_handler = [](int) {
      remove_live_temporaries();
      test::leave(42);
    };
    ::sigaction(SIGTERM, &action, nullptr);
    Transaction transaction;
    auto here = open_folder(real_file_system(), folder.path());
    for (int i = 0; i < 1500; ++i) {
      transaction.create_in(here, "new" + std::to_string(i)).write("unfinished");
      if (i >= 200) transaction.prepare(false);  // closes the files
    }
    ::raise(SIGTERM);
    test::leave(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
  CHECK(folder.names() == std::vector<std::string>{"target"});
}

TEST_CASE("a forked child removes nothing of its parent's") {
  TempFolder folder;
  Transaction transaction;
  transaction.create(folder / "a").write("x");
  const pid_t child = ::fork();
  if (child == 0) {
    remove_live_temporaries();
    test::leave(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  transaction.commit(Durability::none);
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("once the process is ending no temporary is made, and temporary folders are removed too") {
  TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto here = open_folder(real_file_system(), folder.path());
    const std::string name = temporary_name();
    const LiveTemporary live(here->fd(), name, LiveTemporary::Kind::tree);
    ::mkdir((folder / name).c_str(), 0700);
    ::mkdir((folder / (name + "/inside")).c_str(), 0700);
    write_file(folder / (name + "/inside/file"), "x");
    Transaction transaction;
    transaction.create(folder / "early");
    remove_live_temporaries();
    remove_live_trees(real_file_system());
    try {
      transaction.create(folder / "late");
    } catch (const Error& error) {
      test::leave(error.kind() == ErrorKind::interrupted ? 0 : 1);
    }
    test::leave(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(folder.names().empty());
}

TEST_CASE("threads that are creating files when the process ends leave none behind") {
  for (int round = 0; round < 30; ++round) {
    TempFolder folder(TempFolder::Where::memory);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto work = [&] {
        try {
          for (;;) {
            Transaction transaction;
            transaction.create(folder / "a").write("x");
          }
        } catch (const Error&) {
        }
      };
      std::thread(work).detach();
      std::thread(work).detach();
      ::usleep(static_cast<useconds_t>(1000 + round * 37));
      remove_live_temporaries();
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(folder.names().empty());
  }
}
