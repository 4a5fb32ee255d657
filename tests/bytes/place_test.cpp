// Folders below one that was named: made as they are needed, without following links.
#include "bytes/place.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/transaction.hpp"
#include "jireloc/error.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;

namespace places {
namespace {

namespace fs = std::filesystem;

struct CountedCalls final : test::ForwardingFileSystem {
  CountedCalls() : ForwardingFileSystem(real_file_system()) {}
  ssize_t around(test::Call call, size_t* size, const std::function<ssize_t()>& forward) override {
    if (call != test::Call::close) ++made;
    return ForwardingFileSystem::around(call, size, forward);
  }
  int made = 0;
};

}  // namespace

TEST_CASE("folders beside each other are made by two calls each, and those that are there are found") {
  const test::TempFolder folder;
  CountedCalls system;
  const auto top = std::make_shared<GivenFolder>(folder.path(), system);
  FolderMaker maker;
  const auto first = maker.folder_of({top, "v1.10/One/a.ji"});
  CHECK(first->path == top->real_path() + "/v1.10/One");
  CHECK(first->device == top->open()->device);
  system.made = 0;
  for (const std::string name : {"Two", "Three"}) {
    const auto made = maker.folder_of({top, "v1.10/" + name + "/a.ji"});
    CHECK(made->path == top->real_path() + "/v1.10/" + name);
    CHECK(is_same_file(stat_of(system, made->fd(), name), *find_entry(system, AT_FDCWD, made->path, name)));
  }
  CHECK(system.made == 2 * (2 + 2));  // two of them are this test's
  const auto again = maker.folder_of({top, "v1.10/One/b.ji"});
  CHECK(is_same_file(stat_of(system, again->fd(), ""), stat_of(system, first->fd(), "")));
  CHECK(maker.folder_of({top, "a.ji"})->path == top->real_path());
  CHECK(maker.folder_of({top, "One/a.ji"})->path == top->real_path() + "/One");
  CHECK(maker.folder_of({top, "v1.11/One/a.ji"})->path == top->real_path() + "/v1.11/One");
  CHECK(fs::is_directory(folder / "v1.11/One"));
}

TEST_CASE("a link or a file in the place of a folder is refused, also between two folders that are made") {
  const test::TempFolder folder;
  const test::TempFolder elsewhere;
  const auto top = std::make_shared<GivenFolder>(folder.path());
  FolderMaker maker;
  maker.folder_of({top, "v1.10/One/a.ji"});
  fs::create_directory_symlink(elsewhere.path(), folder / "v1.10/Link");
  test::write_file(folder / "v1.10/File", "");
  CHECK_THROWS_AS(maker.folder_of({top, "v1.10/Link/a.ji"}), Error);
  CHECK_THROWS_AS(maker.folder_of({top, "v1.10/File/a.ji"}), Error);
  fs::create_directory_symlink(elsewhere.path(), folder / "v1.11");
  CHECK_THROWS_AS(maker.folder_of({top, "v1.11/One/a.ji"}), Error);
  CHECK(elsewhere.names().empty());
}

}  // namespace places
