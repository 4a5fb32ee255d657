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

void make_depot(const std::string& at, const std::string& folder, const std::vector<std::string>& packages) {
  namespace fs = std::filesystem;
  const TempFolder user{TempFolder::Where::memory};
  const fs::path corpus = fs::path(JIRELOC_CORPUS) / folder;
  std::string members = "packages";
  if (!packages.empty()) members.clear();
  for (const std::string& package : packages) members += " packages/" + package;
  const std::string tar =
      fmt::format("tar -xf '{}' -C '{}' {}", (corpus / "packages.tar").string(), user.path(), members);
  REQUIRE(std::system(tar.c_str()) == 0);
  const fs::path images = corpus / "images";
  for (const auto& entry : fs::recursive_directory_iterator(images)) {
    const std::string package = entry.path().parent_path().filename();
    if (!entry.is_regular_file() || entry.path().extension() == ".json" ||
        (!packages.empty() && std::find(packages.begin(), packages.end(), package) == packages.end()))
      continue;
    const fs::path copy = user / fs::relative(entry.path(), images).string();
    fs::create_directories(copy.parent_path());
    fs::copy(entry.path(), copy);
  }
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
