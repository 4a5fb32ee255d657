#include "payload/patched_crc.hpp"

#include <algorithm>

#include "jireloc/crc32c.hpp"

namespace jireloc::payload {

uint32_t patched_crc(uint32_t crc_before, const ByteSource& source, Extent extent,
                     std::span<const BytePatch> patches) {
  uint32_t crc = crc_before;
  const std::string_view all = source.in_memory();
  std::string read;
  for (const BytePatch& patch : patches) {
    const uint64_t begin = std::max(patch.offset, extent.offset),
                   end = std::min(patch.offset + patch.bytes.size(), extent.end());
    if (begin >= end) continue;
    const std::string_view new_bytes =
        std::string_view(patch.bytes).substr(begin - patch.offset, end - begin);
    if (all.empty()) read = source.read_string(begin, end - begin);
    const std::string_view old_bytes = all.empty() ? std::string_view(read) : all.substr(begin, end - begin);
    // The difference of two checksums depends on the differing bytes and on what follows, not on what
    // precedes.
    const uint32_t difference = crc32c::value(old_bytes) ^ crc32c::value(new_bytes);
    crc ^= crc32c::shift(difference, extent.end() - end);
  }
  return crc;
}

}  // namespace jireloc::payload
