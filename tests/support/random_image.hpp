// Valid cache files of every layout, made up at random: modules, dependencies, preferences, targets, texts.
#pragma once

#include <string>

#include "jireloc/cache_file.hpp"
#include "support/chooser.hpp"

namespace jireloc::test {

struct RandomImage {
  CacheFile file;  // as a reader must find it
  std::string payload;
  std::string bytes;  // the whole file, all checksums right
};

struct ImageWishes {
  std::string root;     // the folder below which all absolute paths lie; empty: any places
  std::string payload;  // empty: random bytes
  bool may_split = true;
  bool any_bytes = true;  // names and paths hold newlines, escapes and bytes that are no UTF-8
};

// Texts without a '/' and NUL are made by `choose`; the result parses as `layout` and as no other.
RandomImage random_image(Chooser& choose, const Layout& layout, const ImageWishes& wishes = {});

// Lays the value out with `payload`, and mends lengths, positions and checksums. `texts` are the stored texts
// of file.source_texts, in order.
RandomImage lay_out(CacheFile file, std::string payload, const std::vector<std::string>& texts);

// The bytes that decode_clone_targets reads.
std::string encode_clone_targets(const std::vector<CloneTarget>& targets);

// The stored texts of an image read with ReadDepth::all.
std::vector<std::string> texts_of(const CacheFile& file);

// The name of the first field in which two readings differ; empty where they are equal. Positions are held
// against each other too, the file's checksum is not.
std::string difference(const CacheFile& a, const CacheFile& b);

}  // namespace jireloc::test
