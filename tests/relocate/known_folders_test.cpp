// Folders that need not be listed again: only those that hold what they held.
#include "relocate/known_folders.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string_view>

#include "bytes/passing_file_system.hpp"
#include "relocate/inventory.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using namespace jireloc::relocating;
namespace fs = std::filesystem;

namespace {

constexpr const char* kImages = "compiled/v1.10/A";

struct DepotOfFolders {
  test::TempFolder place;
  const std::string images = place / kImages;
  std::shared_ptr<Folder> folder;
  DepotOfFolders() {
    test::write_file(images + "/a.ji", "image");
    test::write_file(images + "/a.so", "library");
    fs::create_directory(images + "/folder");
    folder = open_folder(real_file_system(), place.path());
  }
  std::vector<FolderEntry> list(KnownFolders& known, const std::string& relative) const {
    return known.list(real_file_system(), *open_folder_in(real_file_system(), *folder, relative), relative);
  }
  // What a run that lists the folder of images records.
  std::vector<ProvenFolder> record(const Marker& marker) const {
    const std::vector<ProvenFolder> none;
    KnownFolders first(marker, none);
    list(first, kImages);
    return first.now();
  }
};

std::vector<std::string> names_of(const std::vector<FolderEntry>& entries) {
  std::vector<std::string> names;
  for (const FolderEntry& entry : entries) names.push_back(std::to_string(entry.type) + entry.name);
  return names;
}

// Says of images nothing but that their disk fails.
class FailingImages final : public PassingFileSystem {
 public:
  FailingImages() : PassingFileSystem(real_file_system()) {}
  int stat_at(int folder, const char* path, struct stat& result, int flags) override {
    return std::string_view(path).ends_with(".ji") ? -EIO
                                                   : PassingFileSystem::stat_at(folder, path, result, flags);
  }
};

// What a run that begins in a while finds, by the record of one that began a while ago.
const int64_t kLongAfter = std::time(nullptr) + 3600;

}  // namespace

TEST_CASE("a folder that nobody has touched is known by its names and their kinds") {
  const DepotOfFolders depot;
  const Marker marker(real_file_system(), kLongAfter);
  const std::vector<ProvenFolder> none;
  KnownFolders first(marker, none);
  CHECK_FALSE(first.find(*depot.folder, kImages));
  const auto listed = names_of(depot.list(first, kImages));
  CHECK(listed.size() == 3);
  CHECK_FALSE(first.is_as_before());
  const std::vector<ProvenFolder> record = first.now();
  REQUIRE(record.size() == 1);

  KnownFolders second(marker, record);
  CHECK_FALSE(second.is_as_before());  // nobody has asked
  const auto known = second.find(*depot.folder, kImages);
  REQUIRE(known);
  CHECK(names_of(*known) == listed);
  CHECK(second.is_as_before());
  CHECK(second.now() == record);
}

TEST_CASE("whatever is done to the names in a folder, it is not known") {
  const std::vector<std::function<void(const DepotOfFolders&)>> changes = {
      [](const DepotOfFolders& depot) { test::write_file(depot.images + "/b.ji", ""); },
      [](const DepotOfFolders& depot) { fs::remove(depot.images + "/a.ji"); },
      [](const DepotOfFolders& depot) { fs::rename(depot.images + "/a.ji", depot.images + "/b.ji"); },
      [](const DepotOfFolders& depot) {  // another kind under the same name
        fs::remove(depot.images + "/a.ji");
        fs::create_symlink("a.so", depot.images + "/a.ji");
      },
      [](const DepotOfFolders& depot) {
        fs::rename(depot.images, depot.place / "away");
        fs::copy(depot.place / "away", depot.images, fs::copy_options::recursive);
      },
      [](const DepotOfFolders& depot) {
        fs::rename(depot.images, depot.place / "away");
        fs::create_directory_symlink(depot.place / "away", depot.images);
      },
      [](const DepotOfFolders& depot) { fs::permissions(depot.images, fs::perms(0700)); },
      [](const DepotOfFolders& depot) { fs::remove_all(depot.images); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO("change " << i);
    const DepotOfFolders depot;
    const Marker marker(real_file_system(), kLongAfter);
    const std::vector<ProvenFolder> record = depot.record(marker);
    ::usleep(20'000);
    changes[i](depot);
    KnownFolders second(marker, record);
    CHECK_FALSE(second.find(*depot.folder, kImages));
    CHECK(second.now().empty());
  }
}

TEST_CASE(
    "no folder is recorded that was changed a moment ago, or that holds what runs write for themselves") {
  const DepotOfFolders depot;
  const std::vector<ProvenFolder> none;
  const Marker too_soon(real_file_system());
  KnownFolders young(too_soon, none);
  depot.list(young, kImages);
  CHECK(young.now().empty());
  const Marker marker(real_file_system(), kLongAfter);
  KnownFolders tops(marker, none);
  test::make_folders(depot.place / "packages/A/AbCdE");
  for (const char* top : {"packages", "compiled", "compiled/v1.10", "packages/A/AbCdE"})
    depot.list(tops, top);
  CHECK(tops.now().empty());
  depot.list(tops, "packages/A");
  CHECK(tops.now().size() == 1);
}

TEST_CASE("an image that cannot be looked at is told where the names in its folder are known, too") {
  const DepotOfFolders depot;
  const Marker marker(real_file_system(), kLongAfter);
  const std::vector<ProvenFolder> record = depot.record(marker);
  FailingImages system;
  for (const bool whole : {true, false}) {
    KnownFolders known(marker, record);
    const Inventory inventory = whole ? take_inventory(system, *depot.folder, kGrace, 1, &known)
                                      : list_images_in(system, *depot.folder, {kImages}, &known);
    CHECK(inventory.images.empty());
    REQUIRE(inventory.problems.size() == 1);
    CHECK(inventory.problems[0].file() == depot.images);
  }
  KnownFolders known(marker, record);
  CHECK(list_images_in(real_file_system(), *depot.folder, {kImages}, &known).images.size() == 1);
}

TEST_CASE("no file is looked at again that is known to be one, where nothing in its folder has changed") {
  const DepotOfFolders depot;
  const Marker marker(real_file_system(), kLongAfter);
  const std::vector<ProvenFolder> record = depot.record(marker);
  FailingImages system;
  const std::string image = std::string(kImages) + "/a.ji";
  const auto listed = [&](const KnownFolders::KnowsFile& knows_file) {
    KnownFolders known(marker, record, knows_file);
    return list_images_in(system, *depot.folder, {kImages}, &known);
  };
  const Inventory inventory = listed([&](const std::string& relative) { return relative == image; });
  REQUIRE(inventory.images.size() == 1);
  CHECK(inventory.images[0].relative() == image);
  CHECK(inventory.leftovers.empty());
  CHECK(inventory.problems.empty());
  CHECK(listed([&](const std::string& relative) { return relative != image; }).problems.size() == 1);
  test::write_file(depot.images + "/b.ji", "");
  CHECK(listed([](const std::string&) { return true; }).problems.size() == 1);
}
