// Bytes with patches laid over them.
#pragma once

#include <memory>
#include <span>

#include "jireloc/byte_source.hpp"

namespace jireloc::bytes {

// Lays the patches (sorted, disjoint) over `bytes`, which are those of the source from `base` on.
void apply_patches(std::span<const BytePatch> patches, uint64_t base, char* bytes, size_t size);

// Whether the extent of `source`, with the patches (sorted, disjoint) laid over it, is what begins at
// `other_offset` in `other`. False where `other` ends before. Throws as ByteSource::read does.
bool equal_patched(const ByteSource& source, Extent extent, std::span<const BytePatch> patches,
                   const ByteSource& other, uint64_t other_offset);

// As jireloc::patched_source; `patches`, which must be sorted and disjoint, must outlive it too.
std::unique_ptr<ByteSource> patched_view(const ByteSource& source, std::span<const BytePatch> patches);

}  // namespace jireloc::bytes
