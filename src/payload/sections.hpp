// The sections of a static-data payload (1.9 and later) and the padding between them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/windows.hpp"
#include "jireloc/layout.hpp"

namespace jireloc::payload {

enum class SectionKind { sysdata, const_data, symbols, relocations, gvars, fptrs, roots };

struct PayloadSection {
  SectionKind kind;
  Extent extent;  // in the file; without size word and padding
};
std::string_view name(SectionKind kind) noexcept;

struct Sections {
  std::vector<PayloadSection> sections;  // all seven, in order
  // Between a size word and the data it speaks of: no reader looks at it
  // (jl_restore_system_image_from_stream_, src/staticdata.c, skips it).
  std::vector<Extent> padding;   // without empty ones
  uint64_t const_alignment = 0;  // of the const data: JL_CACHE_BYTE_ALIGNMENT of the Julia that wrote it
  RootsForm roots;               // which of the layout's
};

// Walks the sections as jl_save_system_image_to_stream (src/staticdata.c) lays them out. Throws Error
// (bad_value) where they do not add up to exactly the payload: then it is none of the known kind.
Sections read_sections(bytes::RandomReader& payload, unsigned pointer_size, const Layout& layout);

}  // namespace jireloc::payload
