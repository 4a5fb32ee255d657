// The real images that the build unpacks from fixtures/corpus.tar.zst.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"

namespace jireloc::test {

inline std::string read_bytes(const std::filesystem::path& path) {
  return read_file(path.string());
}

struct CorpusImage {
  std::filesystem::path ji;      // as Julia wrote it
  std::filesystem::path dump;    // what that Julia's own parser said of it
  std::filesystem::path golden;  // the same image with its header relocated
  std::string folder;            // "1.10.8-split"
  bool is_compressed() const { return folder.ends_with("-compressed"); }  // --compress-sysimage=yes
  bool tracked_by_path() const { return folder.ends_with("-path"); }
};

// Every image of the corpus, in a fixed order.
std::vector<CorpusImage> corpus_images();

}  // namespace jireloc::test
