// Folders that are made in a target, one beside the other.
#include <catch2/catch.hpp>
#include <filesystem>

#include "relocate/run.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::relocating {
namespace {

TEST_CASE("folders are made below those that stay open, and below new ones where somebody removed those") {
  const test::TempFolder top;
  test::make_folders(top / "from");
  test::make_folders(top / "to");
  const RelocateOptions options;
  const ItemSink sink = [](const DepotItem&) {};
  const DepotPlaces places(std::vector<Mount>{}, top / "from", top / "to");
  FileSystem& system = real_file_system();
  Run run(options, sink, system, places, places.open_from(system), places.open_to(system));
  CHECK(make_folders(run, "compiled/v1.10/A")->path == top / "to/compiled/v1.10/A");
  std::filesystem::remove_all(top / "to/compiled");
  CHECK(make_folders(run, "compiled/v1.10/B")->path == top / "to/compiled/v1.10/B");
  CHECK(std::filesystem::is_directory(top / "to/compiled/v1.10/B"));
  std::filesystem::remove_all(top / "to");
  CHECK_THROWS_AS(make_folders(run, "compiled/v1.10/C"), Error);
}

}  // namespace
}  // namespace jireloc::relocating
