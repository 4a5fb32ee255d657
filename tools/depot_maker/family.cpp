#include "depot_maker/family.hpp"

#include <algorithm>
#include <boost/filesystem/operations.hpp>

#include "depot_maker/library.hpp"
#include "jireloc/error.hpp"

namespace depot_maker {
namespace {

namespace fs = boost::filesystem;

constexpr std::string_view kCorpusDepot = "/home/pkgeval/.julia", kElsewhere = "/other/place/.julia_";
static_assert(kCorpusDepot.size() == kElsewhere.size());

void replace_all(std::string& bytes, std::string_view from, std::string_view to) {
  for (size_t at = bytes.find(from); at != bytes.npos; at = bytes.find(from, at + to.size()))
    bytes.replace(at, to.size(), to);
}

std::string spelled(const std::string& depot) {
  if (depot.size() > kCorpusDepot.size()) return std::string(kElsewhere);
  return depot + std::string(kCorpusDepot.size() - depot.size(), '/');
}

// The image's own package aside, nothing but the system image is required.
bool needs_no_package(const jireloc::CacheFile& file) {
  static constexpr std::string_view kPackages[] = {"Leaf", "Mid", "Top", "Prefs", "Big", "MidPrefsExt"};
  return std::none_of(file.required_modules.begin(), file.required_modules.end(), [](const auto& module) {
    return std::find(std::begin(kPackages), std::end(kPackages), module.name) != std::end(kPackages);
  });
}

std::string read_file(const std::string& path) {
  const auto source = jireloc::open_file(path);
  return source->read_string(0, source->size());
}

void add_image(Family& family, const fs::path& path, const std::string& new_spelling) {
  const auto source = jireloc::open_file(path.string());
  jireloc::CacheFile file = jireloc::read_cache_file(*source);
  RealImage image;
  if (file.is_split()) {
    const fs::path library = fs::path(path).replace_extension(".so");
    if (!fs::exists(library)) return;  // the corpus leaves the largest out
    image.library = read_file(library.string());
    replace_all(image.library, kCorpusDepot, new_spelling);
    image.payload = payload_of_library(image.library, *file.layout);
  } else {
    image.payload = source->read_string(file.payload.offset, file.payload.size);
    replace_all(image.payload, kCorpusDepot, new_spelling);
  }
  if (family.header.layout == nullptr && needs_no_package(file)) {
    family.folder = path.parent_path().parent_path().filename().string();
    family.header = std::move(file);
  }
  family.images.push_back(std::move(image));
}

}  // namespace

Family load_family(const std::string& folder, const std::string& recorded_depot) {
  const fs::path compiled = fs::path(folder) / "images" / "compiled";
  if (!fs::is_directory(compiled))
    throw jireloc::Error(jireloc::ErrorKind::usage, "no images of the corpus are there", compiled.string());
  Family family;
  const std::string new_spelling = spelled(recorded_depot);
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(compiled))
    // The package Prefs is like no other: it read preferences while it was compiled.
    if (entry.path().extension() == ".ji" && entry.path().parent_path().filename() != "Prefs")
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) add_image(family, path, new_spelling);
  if (family.header.layout == nullptr || family.images.empty())
    throw jireloc::Error(jireloc::ErrorKind::usage, "no image that needs no other package",
                         compiled.string());
  std::sort(family.images.begin(), family.images.end(),
            [](const RealImage& a, const RealImage& b) { return a.payload.size() < b.payload.size(); });
  family.filler = family.images.back().payload;
  replace_all(family.filler, new_spelling, "01234567890123456789");
  return family;
}

}  // namespace depot_maker
