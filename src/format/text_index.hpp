// Finding stored texts by name in images that have very many.
#pragma once

#include <string_view>
#include <unordered_map>

#include "jireloc/cache_file.hpp"

namespace jireloc::format {

// What CacheFile::find_source_text finds, in constant time: a hostile image may record a million files.
// `file` must outlive it and keep its texts.
class TextIndex {
 public:
  explicit TextIndex(const CacheFile& file) {
    by_path_.reserve(file.source_texts.size());
    for (const SourceText& text : file.source_texts) by_path_.emplace(text.path, &text);
  }
  const SourceText* find(std::string_view path) const {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const SourceText*> by_path_;
};

}  // namespace jireloc::format
