#include "rewrite/patched.hpp"

#include <algorithm>
#include <cstring>

namespace jireloc::rewriting {

void apply_patches(std::span<const BytePatch> patches, uint64_t base, char* bytes, size_t size) {
  const uint64_t end = base + size;
  auto patch = std::partition_point(patches.begin(), patches.end(), [&](const BytePatch& candidate) {
    return candidate.offset + candidate.bytes.size() <= base;
  });
  for (; patch != patches.end() && patch->offset < end; ++patch) {
    const uint64_t from = std::max(patch->offset, base),
                   to = std::min(patch->offset + patch->bytes.size(), end);
    std::memcpy(bytes + (from - base), patch->bytes.data() + (from - patch->offset), to - from);
  }
}

namespace {

// Both in memory: compared where they lie. `base` is the offset of `before` in its source.
bool equal_in_memory(std::string_view before, uint64_t base, std::span<const BytePatch> patches,
                     std::string_view after) {
  size_t done = 0;
  for (const BytePatch& patch : patches) {
    if (patch.offset < base || patch.offset - base > before.size()) continue;
    const size_t at = patch.offset - base, size = std::min(patch.bytes.size(), before.size() - at);
    if (at < done) return false;  // patches do not overlap
    if (before.substr(done, at - done) != after.substr(done, at - done)) return false;
    if (after.substr(at, size) != std::string_view(patch.bytes).substr(0, size)) return false;
    done = at + size;
  }
  return before.substr(done) == after.substr(done);
}

}  // namespace

bool equal_but_for(const ByteSource& before, Extent extent, std::span<const BytePatch> patches,
                   const ByteSource& after, uint64_t after_offset) {
  constexpr size_t kChunk = 256 << 10;
  if (after_offset > after.size() || extent.size > after.size() - after_offset) return false;
  if (!before.in_memory().empty() && !after.in_memory().empty())
    return equal_in_memory(before.in_memory().substr(extent.offset, extent.size), extent.offset, patches,
                           after.in_memory().substr(after_offset, extent.size));
  std::string expected(std::min<uint64_t>(kChunk, extent.size), '\0'), found(expected.size(), '\0');
  for (uint64_t done = 0; done < extent.size;) {
    const size_t size = std::min<uint64_t>(kChunk, extent.size - done);
    before.read(extent.offset + done, expected.data(), size);
    apply_patches(patches, extent.offset + done, expected.data(), size);
    after.read(after_offset + done, found.data(), size);
    if (std::memcmp(expected.data(), found.data(), size) != 0) return false;
    done += size;
  }
  return true;
}

}  // namespace jireloc::rewriting
