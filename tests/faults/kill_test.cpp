#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "bytes/batch.hpp"
#include "bytes/temporaries.hpp"
#include "relocate/tree_compare.hpp"
#include "relocate/tree_copy.hpp"
#include "support/short_run.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::read_file;
using test::TempFolder;
using test::write_file;

namespace {

// JIRELOC_KILLS sets the number of kills; the default keeps the whole suite short, the more so under ASan.
int kills() {
  const char* text = std::getenv("JIRELOC_KILLS");
  return text != nullptr ? std::max(1, std::atoi(text)) : test::under_asan(30, 100);
}

std::string version_of(const std::string& name, int number) {
  return fmt::format("{:6} {} ", number, name) + std::string(100'000, static_cast<char>('a' + number % 26)) +
         fmt::format("{:6} {} ", number, name);
}
bool is_whole(const std::string& name, const std::string& content) {
  return content == version_of(name, std::atoi(content.c_str()));
}

// Replaces the same pairs again and again, until it is killed.
[[noreturn]] void rewrite_forever(const TempFolder& folder, Durability durability) {
  for (int number = 1;; ++number) {
    Batch batch(durability, real_file_system(), 4);
    for (const char* stem : {"a", "b", "c"}) {
      Transaction transaction;
      for (const char* ending : {".so", ".ji"}) {
        const std::string name = std::string(stem) + ending;
        const std::string content = version_of(name, number);
        NewFile& file = transaction.create(folder / name);
        file.write(std::string_view(content).substr(0, content.size() / 2));
        file.write(std::string_view(content).substr(content.size() / 2));
      }
      batch.add(std::move(transaction), [](const Transaction&, std::exception_ptr error) {
        if (error) ::_exit(3);
      });
    }
    batch.finish();
  }
}

// How long a child lives, in microseconds. A slow machine, or a sanitizer, may need longer than any fixed
// time for its first result: the longest life grows until a child has lived to one.
class Lives {
 public:
  Lives(unsigned shortest, unsigned spread, unsigned seed)
      : shortest_(shortest), spread_(spread), random_(seed) {}
  void wait_for_next() { ::usleep(static_cast<useconds_t>(shortest_ + random_() % spread_)); }
  void note_round(bool had_results) {
    seen_ = seen_ || had_results;
    if (!seen_) spread_ = std::min(spread_ + spread_ / 4, 500'000U);
  }

 private:
  unsigned shortest_, spread_;
  std::mt19937_64 random_;
  bool seen_ = false;
};

struct Ending {
  int rounds = 0, with_temporaries = 0, rewritten = 0;
};

// Starts a child, sends `signal` after a random time, looks at what it left; `kills()` times.
Ending kill_at_random(int signal, void (*set_up)(), bool temporaries_may_stay) {
  Lives lives(500, 6000, 20240607);
  Ending outcome;
  for (; outcome.rounds < kills(); ++outcome.rounds) {
    TempFolder folder;
    for (const char* name : {"a.so", "a.ji", "b.so", "b.ji", "c.so", "c.ji"})
      write_file(folder / name, version_of(name, 0));
    const auto durability = outcome.rounds % 10 == 0 ? Durability::batch : Durability::none;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      set_up();
      if (::write(ready[1], "", 1) != 1) ::_exit(4);
      rewrite_forever(folder, durability);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);  // Catch2's own signal handlers are gone by now
    ::close(ready[0]);
    ::close(ready[1]);
    lives.wait_for_next();
    ::kill(child, signal);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 128 + signal));
    int found = 0;
    bool temporary_left = false;
    for (const std::string& name : folder.names()) {
      if (is_temporary_name(name)) {
        temporary_left = true;
        CHECK(temporaries_may_stay);
        continue;
      }
      ++found;
      const std::string content = read_file(folder / name);
      CHECK(is_whole(name, content));
      if (std::atoi(content.c_str()) > 0) ++outcome.rewritten;
    }
    CHECK(found == 6);
    if (temporary_left) ++outcome.with_temporaries;
    lives.note_round(outcome.rewritten > 0);
  }
  return outcome;
}

}  // namespace

TEST_CASE("a process killed at any instant leaves every file whole") {
  const Ending outcome = kill_at_random(
      SIGKILL, [] {}, true);
  fmt::print("kills, SIGKILL: {} survived; {} left temporary files, {} files were new ones\n", outcome.rounds,
             outcome.with_temporaries, outcome.rewritten);
  CHECK(outcome.with_temporaries > 0);  // else the kills came at idle instants only
  CHECK(outcome.rewritten > 0);
}

TEST_CASE("a process that handles SIGTERM leaves every file whole and no temporary file") {
  const auto install_handler = [] {
    struct sigaction action {};
    action.sa_handler = [](int number) {
      remove_live_temporaries();
      ::_exit(128 + number);
    };
    ::sigaction(SIGTERM, &action, nullptr);
  };
  const Ending outcome = kill_at_random(SIGTERM, install_handler, false);
  fmt::print("kills, SIGTERM: {} survived; {} left temporary files, {} files were new ones\n", outcome.rounds,
             outcome.with_temporaries, outcome.rewritten);
  CHECK(outcome.with_temporaries == 0);
  CHECK(outcome.rewritten > 0);
}

TEST_CASE(
    "a process killed while it copies trees leaves whole trees under their names, and leftovers that are "
    "removed") {
  Lives lives(1000, 4000, 777);
  int with_leftovers = 0, published = 0;
  for (int round = 0; round < kills(); ++round) {
    TempFolder root(TempFolder::Where::memory);
    std::filesystem::create_directories(root / "source/pkg/src/deep");
    std::filesystem::create_directory(root / "target");
    for (int i = 0; i < 20; ++i) {
      write_file(root / ("source/pkg/src/deep/" + std::to_string(i)),
                 std::string(2000, static_cast<char>('a' + i)));
    }
    const pid_t child = ::fork();
    if (child == 0) {
      const auto source = open_folder(real_file_system(), root / "source");
      const auto target = open_folder(real_file_system(), root / "target");
      for (int i = 0;; ++i)
        copy_tree(real_file_system(), *source, "pkg", target, "pkg" + std::to_string(i)).publish();
    }
    lives.wait_for_next();
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    const auto source = open_folder(real_file_system(), root / "source/pkg");
    const auto target = open_folder(real_file_system(), root / "target");
    if (remove_leftovers(real_file_system(), *target, 0) > 0) ++with_leftovers;
    for (const std::string& name : root.names("target")) {
      CHECK(name.starts_with("pkg"));
      const auto tree = open_folder_in(real_file_system(), *target, name);
      CHECK_FALSE(find_tree_difference(real_file_system(), *source, *tree));
      ++published;
    }
    lives.note_round(published > 0);
  }
  fmt::print("kills, copying trees: {} survived; {} left leftovers, {} trees were published whole\n", kills(),
             with_leftovers, published);
  CHECK(with_leftovers > 0);
  CHECK(published > 0);
}
