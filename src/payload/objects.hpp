// How Julia lays out strings, symbols and sections, as far as several parts of the payload need it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jireloc::payload {

// Tags of the stream, 1.0 to 1.8 (src/serialize.h, src/dump.c).
constexpr uint8_t kSymbolTag = 2, kLongSymbolTag = 12, kStringTag = 18;
constexpr uint64_t kWord = 8;              // of a static image that can grow: 64 bits
constexpr uint64_t kStringAlignment = 16;  // of objects in a static image (jl_gc_alloc; src/staticdata.c)
constexpr uint64_t kSectionAlignment = 8;  // of the sections behind the const data
constexpr int kLinkLists = 4;              // jl_write_image_data: edges of an image to its dependencies
constexpr size_t kLongestPath = 4096;      // Linux opens no longer ones (PATH_MAX)

constexpr uint64_t round_up(uint64_t value, uint64_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace jireloc::payload
