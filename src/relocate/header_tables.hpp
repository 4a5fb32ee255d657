// What the headers of images say of other images and of places, as numbers: most of it recurs in many.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "check/image_graph.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::relocating {

// Each thing once.
struct HeaderTables {
  std::vector<Prefix> prefixes;              // without image flags, which differ from image to image
  std::vector<RequiredModule> modules;       // by identity and build
  std::vector<std::string> depots, stdlibs;  // as in RecordedPlaces
  bool operator==(const HeaderTables&) const = default;
};

// Numbers in tables.
struct NumberedHeader {
  uint32_t prefix = 0;
  std::vector<uint32_t> provides = {}, needs = {};  // as in ImageGraph::Node
  std::vector<uint32_t> depots = {}, stdlibs = {};
  bool operator==(const NumberedHeader&) const = default;
};

// Goes on with tables that are there. For one thread.
class HeaderNumbering {
 public:
  explicit HeaderNumbering(const HeaderTables& tables);
  NumberedHeader number(const CacheFile& header);
  // Those given, and what was new behind it.
  HeaderTables tables() const;

 private:
  class Texts {
   public:
    explicit Texts(const std::vector<std::string>& texts);
    uint32_t number(const std::string& text);
    std::vector<std::string> all() const;

   private:
    std::map<std::string, uint32_t> numbers_;
  };

  std::vector<Prefix> prefixes_;
  ModuleTable modules_;
  Texts depots_, stdlibs_;
};

}  // namespace jireloc::relocating
