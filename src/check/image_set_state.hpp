// What an ImageSet knows.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "check/image_graph.hpp"
#include "jireloc/check.hpp"

namespace jireloc {

struct ListedImage {
  std::string path;
  std::optional<uint32_t> prefix;  // index into prefixes; nothing where the header could not be read
};

struct ImageSet::State {
  ImageGraph graph;
  std::vector<ListedImage> images;
  std::vector<std::string> unreadable;                              // paths
  std::optional<uint32_t> unreadable_folder;                        // the first that may hold any image
  std::unordered_map<std::string, uint32_t> unreadable_by_package;  // the first that may be an image of it
  std::vector<Prefix> prefixes;
  std::map<std::string, std::map<uint32_t, uint32_t>> prefix_counts;  // by version folder, then prefix
  std::map<ModuleId, std::vector<uint32_t>> providers;                // images by what they provide
  std::string bundled;                                                // the depot; empty: not known
  std::set<uint32_t> bundled_prefixes;                                // of the images in it

  // What the graph has as `number`.
  size_t add(const std::string& path, uint32_t prefix, size_t number);
  uint32_t number_of(const Prefix& prefix) {
    Prefix plain = prefix;
    plain.image_flags = 0;  // differ from image to image
    const auto number = std::find(prefixes.begin(), prefixes.end(), plain) - prefixes.begin();
    if (static_cast<size_t>(number) == prefixes.size()) prefixes.push_back(std::move(plain));
    return static_cast<uint32_t>(number);
  }
};

}  // namespace jireloc
