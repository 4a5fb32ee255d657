#include "cli/folder_names.hpp"

#include <catch2/catch.hpp>

#include "support/temp_folder.hpp"

using namespace jireloc;
using test::TempFolder;

TEST_CASE("the names in a folder come sorted, hidden ones too, and not those of the folder itself") {
  const TempFolder folder;
  for (const char* name : {"b", "a", ".c"}) test::write_file(folder / name, "x");
  CHECK(cli::names_in_folder(folder.path()) == std::vector<std::string>{".c", "a", "b"});
}

TEST_CASE("a folder that is not there has no list of names, unlike an empty one") {
  const TempFolder folder;
  CHECK(cli::names_in_folder(folder.path()) == std::vector<std::string>{});
  CHECK_FALSE(cli::names_in_folder(folder / "missing"));
}
