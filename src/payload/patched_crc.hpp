// The checksum of bytes that patches are laid over, without reading the rest.
#pragma once

#include <cstdint>
#include <span>

#include "jireloc/byte_source.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::payload {

// The CRC-32C of `extent` of `source` after `patches` (offsets in the source; disjoint; what lies outside of
// the extent does not count), from its CRC before. Reads only what is patched.
uint32_t patched_crc(uint32_t crc_before, const ByteSource& source, Extent extent,
                     std::span<const BytePatch> patches);

}  // namespace jireloc::payload
