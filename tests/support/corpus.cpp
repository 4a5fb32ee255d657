#include "support/corpus.hpp"

#include <algorithm>

#include "test_places.hpp"

namespace jireloc::test {

std::vector<CorpusImage> corpus_images() {
  namespace fs = std::filesystem;
  std::vector<CorpusImage> images;
  for (const auto& folder : fs::directory_iterator(JIRELOC_CORPUS)) {
    if (!folder.is_directory()) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "images")) {
      if (entry.path().extension() != ".ji") continue;
      CorpusImage image;
      image.ji = entry.path();
      image.dump = fs::path(entry.path()).replace_extension(".json");
      image.golden =
          folder.path() / "header-relocated" / fs::relative(entry.path(), folder.path() / "images");
      image.folder = folder.path().filename().string();
      images.push_back(std::move(image));
    }
  }
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.ji < b.ji; });
  if (images.empty()) throw std::runtime_error("the corpus is not unpacked");
  return images;
}

}  // namespace jireloc::test
