#include "payload/loaded_image.hpp"

#include <stdexcept>

namespace jireloc::test {

std::unique_ptr<LoadedImage> with_bytes(const LoadedImage& image, std::string ji, std::string so) {
  auto loaded = std::make_unique<LoadedImage>();
  loaded->name = image.name;
  loaded->folder = image.folder;
  loaded->tracked_by_path = image.tracked_by_path;
  loaded->ji = std::move(ji);
  loaded->so = std::move(so);
  loaded->has_library = !loaded->so.empty();
  loaded->image = view_bytes(loaded->ji, image.name + ".ji");
  if (loaded->has_library) loaded->library = view_bytes(loaded->so, image.name + ".so");
  loaded->file = read_cache_file(*loaded->image);
  return loaded;
}

const std::vector<std::unique_ptr<LoadedImage>>& loaded_images() {
  static const auto images = [] {
    std::vector<std::unique_ptr<LoadedImage>> all;
    for (const CorpusImage& each : corpus_images()) {
      LoadedImage blank;
      blank.folder = each.folder;
      blank.name = each.folder + "/" + each.ji.parent_path().filename().string();
      blank.tracked_by_path = each.tracked_by_path();
      const auto library = std::filesystem::path(each.ji).replace_extension(".so");
      all.push_back(with_bytes(blank, read_bytes(each.ji),
                               std::filesystem::exists(library) ? read_bytes(library) : std::string()));
    }
    return all;
  }();
  return images;
}

const LoadedImage& loaded_image(const std::string& name) {
  for (const auto& image : loaded_images()) {
    if (image->name == name) return *image;
  }
  throw std::runtime_error("no image " + name + " in the corpus");
}

std::string apply(std::string bytes, const std::vector<BytePatch>& patches) {
  for (const BytePatch& patch : patches) {
    if (patch.offset + patch.bytes.size() > bytes.size())
      throw std::runtime_error("a patch leads out of the file");
    bytes.replace(patch.offset, patch.bytes.size(), patch.bytes);
  }
  return bytes;
}

std::unique_ptr<LoadedImage> apply(const LoadedImage& image, const PayloadPlan& plan) {
  return with_bytes(image, apply(image.ji, plan.image), apply(image.so, plan.library));
}

std::vector<uint64_t> offsets_of(const std::string& text, const std::string& bytes) {
  std::vector<uint64_t> offsets;
  for (size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1))
    offsets.push_back(at);
  return offsets;
}

}  // namespace jireloc::test
