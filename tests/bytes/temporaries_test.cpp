#include "bytes/temporaries.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <set>

#include "bytes/transaction.hpp"
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
      ::_exit(42);
    };
    ::sigaction(SIGTERM, &action, nullptr);
    Transaction transaction;
    auto here = open_folder(real_file_system(), folder.path());
    for (int i = 0; i < 1500; ++i) {
      transaction.create_in(here, "new" + std::to_string(i)).write("unfinished");
      if (i >= 200) transaction.prepare(false);  // closes the files
    }
    ::raise(SIGTERM);
    ::_exit(1);
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
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  transaction.commit(Durability::none);
  CHECK(folder.names() == std::vector<std::string>{"a"});
}
