// Bytes with patches laid over them.
#pragma once

#include <span>
#include <string>

#include "jireloc/byte_source.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::rewriting {

// Lays the patches over `bytes`, which are those of the source from `base` on.
void apply_patches(std::span<const BytePatch> patches, uint64_t base, char* bytes, size_t size);

// Whether [after_offset, +extent.size) of `after` is the extent of `before` with the patches laid over it.
bool equal_but_for(const ByteSource& before, Extent extent, std::span<const BytePatch> patches,
                   const ByteSource& after, uint64_t after_offset);

}  // namespace jireloc::rewriting
