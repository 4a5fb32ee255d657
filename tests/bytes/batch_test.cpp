#include "bytes/batch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "bytes/hard_links.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::read_file;
using test::TempFolder;
using test::write_file;

TEST_CASE("many threads share a batch, and every file is in place after finish") {
  const auto durability = GENERATE(Durability::full, Durability::batch, Durability::none);
  TempFolder folder;
  Batch batch(durability, real_file_system(), 16);
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) {
          Transaction transaction;
          const std::string name = std::to_string(thread) + "-" + std::to_string(i);
          transaction.create(folder / (name + ".so")).write("library " + name);
          transaction.create(folder / (name + ".ji")).write("image " + name);
          batch.add(std::move(transaction), [&](const Transaction&, std::exception_ptr error) {
            if (!error) ++done;
          });
        }
      });
    }
  }
  batch.finish();
  CHECK(done == 100);
  const auto names = folder.names();
  CHECK(names.size() == 200);
  for (const auto& name : names) {
    const std::string stem = name.substr(0, name.size() - 3);
    CHECK(read_file(folder / name) == (name.ends_with(".so") ? "library " : "image ") + stem);
  }
}

TEST_CASE("one transaction that fails in a batch reports to its own caller and the others go on") {
  TempFolder folder;
  write_file(folder / "taken", "theirs");
  Batch batch(Durability::batch);
  std::vector<std::string> reports;
  for (const char* name : {"one", "taken", "two"}) {
    Transaction transaction;
    transaction.create(folder / name, {.replace = false, .expect = {}, .mode = {}}).write("ours");
    batch.add(std::move(transaction), [&, name](const Transaction&, std::exception_ptr error) {
      try {
        if (error) std::rethrow_exception(error);
        reports.push_back(std::string(name) + " done");
      } catch (const Error& problem) {
        reports.push_back(std::string(name) + " " + std::string(jireloc::name(problem.kind())));
      }
    });
  }
  CHECK(reports.empty());
  batch.finish();
  CHECK(reports == std::vector<std::string>{"one done", "taken conflict", "two done"});
  CHECK(read_file(folder / "taken") == "theirs");
  CHECK(folder.names() == std::vector<std::string>{"one", "taken", "two"});
}

TEST_CASE("inputs are grouped by inode, and links outside the inputs are counted") {
  TempFolder folder;
  write_file(folder / "a", "x");
  write_file(folder / "c", "y");
  REQUIRE(::link((folder / "a").c_str(), (folder / "b").c_str()) == 0);
  REQUIRE(::link((folder / "c").c_str(), (folder / "outside").c_str()) == 0);
  HardLinks links;
  for (const char* name : {"a", "b", "c", "a"}) {
    struct stat info {};
    REQUIRE(::stat((folder / name).c_str(), &info) == 0);
    links.add(folder / name, info);
  }
  REQUIRE(links.groups().size() == 2);
  CHECK(links.groups()[0].names == std::vector<std::string>{folder / "a", folder / "b"});
  CHECK(links.groups()[0].links_outside() == 0);
  CHECK(links.groups()[1].links_outside() == 1);
  CHECK_NOTHROW(require_no_links_outside(links.groups()[0], false));
  CHECK_NOTHROW(require_no_links_outside(links.groups()[1], true));
  CHECK_THROWS_AS(require_no_links_outside(links.groups()[1], false), Error);
}

TEST_CASE("what a batch's guard holds is held during the renames only, and what it refuses is rolled back") {
  const auto durability = GENERATE(Durability::full, Durability::batch, Durability::none);
  TempFolder folder;
  bool held = false;
  int times = 0;
  const Batch::Guard guard{
      [&] {
        ++times;
        CHECK(folder.names().size() >= (durability == Durability::full ? 1 : 2));  // all is written
        held = true;
        return std::shared_ptr<void>(&held, [](void* flag) { *static_cast<bool*>(flag) = false; });
      },
      [&](size_t subject) {
        CHECK(held);
        if (subject == 7) throw Error(ErrorKind::conflict, "not this one");
      }};
  Batch batch(durability, real_file_system(), guard);
  std::vector<size_t> refused;
  for (const size_t subject : {6, 7}) {
    Transaction transaction;
    transaction.create(folder / std::to_string(subject)).write("new");
    CHECK_FALSE(held);
    batch.add(
        std::move(transaction),
        [&, subject](const Transaction&, std::exception_ptr error) {
          CHECK_FALSE(held);
          if (error) refused.push_back(subject);
        },
        subject);
  }
  batch.finish();
  CHECK(times == (durability == Durability::full ? 2 : 1));
  CHECK(refused == std::vector<size_t>{7});
  CHECK(folder.names() == std::vector<std::string>{"6"});
}

TEST_CASE(
    "where a batch's guard cannot be had, each transaction reports that and nothing is put into place") {
  TempFolder folder;
  Batch batch(Durability::batch, real_file_system(),
              Batch::Guard{[]() -> std::shared_ptr<void> { throw Error(ErrorKind::io, "locked"); }, {}});
  int failed = 0;
  for (const char* name : {"one", "two"}) {
    Transaction transaction;
    transaction.create(folder / name).write("new");
    batch.add(std::move(transaction),
              [&](const Transaction&, std::exception_ptr error) { failed += !!error; });
  }
  batch.finish();
  CHECK(failed == 2);
  CHECK(folder.names().empty());
}
