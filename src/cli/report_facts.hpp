// What the page of `jireloc report` shows of an image beside what judging it told.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "jireloc/byte_map.hpp"
#include "jireloc/depot_check.hpp"

namespace jireloc::cli {

// Places that an image's code and lists name: the depots that it was compiled in.
struct NamedPlace {
  std::string path;
  bool is_here = false;             // the image lies in it
  uint64_t files = 0, sources = 0;  // of the dependency list; names of stored texts
  // Of the payload and the library, by kind; what rewrite leaves, whatever the new place is.
  std::array<uint64_t, kOccurrenceKinds> found{}, left{};
  std::string why_left;  // of the first
};

struct ImageFacts {
  std::string layout;
  uint64_t sources_total = 0;
  std::vector<std::string> sources;  // the first of them
  std::vector<std::string> processors;
  // With the payload looked into.
  std::vector<BytePart> image, library;  // as they are drawn
  std::vector<NamedPlace> places;
};

// Of all images that can be read, on several threads. `payloads`: look into those too.
std::map<const CheckedImage*, ImageFacts> image_facts(
    const std::vector<std::unique_ptr<CheckedImage>>& images, const CommandLine& line, bool payloads);

}  // namespace jireloc::cli
