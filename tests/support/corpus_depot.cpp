#include "support/corpus_depot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "jireloc/relocate.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

namespace jireloc::test {

namespace fs = std::filesystem;

void unpack_packages(const std::string& folder, const std::string& depot,
                     const std::vector<std::string>& packages) {
  fs::create_directories(depot);
  std::string members = "packages";
  if (!packages.empty()) members.clear();
  for (const std::string& package : packages) members += " packages/" + package;
  const std::string tar =
      fmt::format("tar -xf '{}/{}/packages.tar' -C '{}' {}", JIRELOC_CORPUS, folder, depot, members);
  REQUIRE(std::system(tar.c_str()) == 0);
}

void copy_images(const std::string& folder, const std::string& depot,
                 const std::vector<std::string>& packages) {
  const fs::path images = fs::path(JIRELOC_CORPUS) / folder / "images";
  for (const auto& entry : fs::recursive_directory_iterator(images)) {
    const std::string package = entry.path().parent_path().filename();
    if (!entry.is_regular_file() || entry.path().extension() == ".json" ||
        (!packages.empty() && std::find(packages.begin(), packages.end(), package) == packages.end()))
      continue;
    const fs::path copy = depot / fs::relative(entry.path(), images);
    fs::create_directories(copy.parent_path());
    fs::copy(entry.path(), copy);
  }
}

void make_depot(const std::string& at, const std::string& folder, const std::vector<std::string>& packages) {
  const TempFolder user{TempFolder::Where::memory};
  unpack_packages(folder, user.path(), packages);
  copy_images(folder, user.path(), packages);
  RelocateOptions options;
  options.from = user.path();
  options.to = at;
  options.map.add({"/home/pkgeval/.julia", at});
  options.rules.allow_build_scripts = true;
  relocate_depot(options, [](const DepotItem& item) {
    INFO(item.path);
    CHECK((item.status == DepotItemStatus::merged || item.status == DepotItemStatus::relocated));
  });
}

}  // namespace jireloc::test
