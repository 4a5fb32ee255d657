// Bytes with patches laid over them.
#pragma once

#include <span>
#include <string>

#include "jireloc/byte_source.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::rewriting {

// The CRC-32C of the extent [base, base + size) of `source` after `patches` (offsets in the source, in order,
// all inside the extent), from its crc before. Reads only what is patched.
uint32_t patched_crc(uint32_t crc_before, const ByteSource& source, Extent extent,
                     std::span<const BytePatch> patches);

// Lays the patches over `bytes`, which are those of the source from `base` on.
void apply_patches(std::span<const BytePatch> patches, uint64_t base, char* bytes, size_t size);

// Whether [after_offset, +extent.size) of `after` is the extent of `before` with the patches laid over it.
bool equal_but_for(const ByteSource& before, Extent extent, std::span<const BytePatch> patches,
                   const ByteSource& after, uint64_t after_offset);

}  // namespace jireloc::rewriting
