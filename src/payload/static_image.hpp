// A static-data payload taken apart: what refers to what, as far as longer texts need it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "payload/sections.hpp"

namespace jireloc::payload {

// All offsets count from the start of the payload.
struct StaticImage {
  std::string_view bytes;
  const Layout* layout = nullptr;
  Extent sysdata;  // with its size word
  Extent const_data, symbols, relocations, gvars, fptrs;
  uint64_t const_alignment = 64;
  uint64_t roots = 0, root_count = 0;  // words
  bool has_link_ids = false;           // references whose dependency stands in a list of its own
  bool has_memory_lists = false;       // four lists of offsets (1.11 and later), else two
  std::vector<uint64_t> tags;          // words of sysdata that name the type of the object behind them
  std::vector<uint64_t> pointers;      // words of sysdata that refer to something; ascending
  std::vector<uint64_t> fixups;        // objects that are looked at once more when the image is loaded

  uint64_t word(uint64_t at) const;
  bool is_pointer(uint64_t at) const;
  bool is_tag(uint64_t at) const;
};

// Throws Error (bad_value, truncated) where the parts do not add up to exactly the payload, or where a
// position that is named leads out of its section. `bytes` must outlive the image.
StaticImage read_static_image(std::string_view bytes, const Layout& layout);

// A reference's tag and number (src/staticdata.c: RELOC_TAG_OFFSET, DEPS_IDX_OFFSET), 1.10 and later.
inline constexpr unsigned kTagShift = 61, kDependencyShift = 40;
inline constexpr uint64_t kConstDataTag = 1, kLinkedTag = 5;

}  // namespace jireloc::payload
