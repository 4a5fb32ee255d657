#include "relocate/run_mark.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/folders.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::TempFolder;
using test::write_file;
using Names = std::vector<std::string>;

TEST_CASE("what a run stages is told from what a killed one left, for as long as the run lasts") {
  TempFolder folder;
  const auto depot = open_folder(real_file_system(), folder.path());
  const std::string before = temporary_name();
  {
    const RunMark mark(real_file_system(), depot);
    const std::string staged = temporary_name();
    const LiveRuns live(real_file_system(), *depot);
    CHECK(live.made(staged));
    CHECK_FALSE(live.made(before));
    CHECK_FALSE(live.made(".jireloc-1-1"));
    CHECK_FALSE(live.made("Project.toml"));
    for (const std::string& name : {before, staged})
      std::filesystem::create_directories(folder / ("packages/" + name + "/src"));
    const auto packages = open_folder(real_file_system(), folder / "packages");
    const auto is_live = [&](const std::string& name) { return live.made(name); };
    CHECK(remove_leftovers(real_file_system(), *packages, 0, is_live) == 1);
    CHECK(folder.names("packages") == Names{staged});
  }
  CHECK(folder.names() == Names{"packages"});
  CHECK_FALSE(LiveRuns(real_file_system(), *depot).made(temporary_name()));
}

TEST_CASE("the mark of a killed run says nothing, and is removed") {
  TempFolder folder;
  const auto depot = open_folder(real_file_system(), folder.path());
  const pid_t child = ::fork();
  if (child == 0) {
    const RunMark mark(real_file_system(), depot);
    write_file(folder / temporary_name(), "");
    ::_exit(0);  // as abrupt as a kill: no destructor runs
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(folder.names().size() == 2);
  const std::string mark = folder.names()[0];
  const LiveRuns live(real_file_system(), *depot);
  CHECK_FALSE(live.made(mark));
  CHECK(live.has_dead());
  CHECK(folder.names().size() == 2);  // until what it has left is cleared
  live.forget_dead();
  CHECK(folder.names().empty());
  CHECK_FALSE(LiveRuns(real_file_system(), *depot).has_dead());
}
