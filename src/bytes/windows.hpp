// Ways to look at a source that need not fit into memory: slices, windows with overlap, and random access
// through one cached block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "jireloc/byte_source.hpp"

namespace jireloc::bytes {

// Bytes [extent.offset, extent.end()) of `source`, which must outlive the slice. Throws Error (truncated)
// where the source ends before.
std::unique_ptr<ByteSource> slice(const ByteSource& source, Extent extent);

// CRC-32C of an extent. Throws as ByteSource::read does.
uint32_t checksum(const ByteSource& source, Extent extent);

// What a window shows: `bytes` begin at file offset `offset`. Things that begin in [fresh_begin, fresh_end)
// of the file belong to this window; what lies before and behind is shown by way of context.
struct Window {
  std::string_view bytes;
  uint64_t offset = 0;
  uint64_t fresh_begin = 0, fresh_end = 0;
};

// Shows an extent piece by piece, each with up to `context` bytes before and behind it that belong to the
// extent; what lies in memory, as one piece. Throws Error (truncated) where the source ends before the
// extent.
void for_each_window(const ByteSource& source, Extent extent, uint64_t context,
                     const std::function<void(const Window&)>& use);
// The same as long as `use` says true; gives whether it always did.
bool all_of_windows(const ByteSource& source, Extent extent, uint64_t context,
                    const std::function<bool(const Window&)>& use);
// The bare bytes of an extent, piece by piece.
void for_each_piece(const ByteSource& source, Extent extent,
                    const std::function<void(std::string_view)>& use);
// Whether the extent of `a` holds the bytes that begin at `b_offset` in `b`. False where `b` ends before.
bool equal(const ByteSource& a, Extent extent, const ByteSource& b, uint64_t b_offset);

inline Extent whole(const ByteSource& source) {
  return {0, source.size()};
}

// Random access to a source, good for ascending offsets. All reads are checked against the extent given.
class RandomReader {
 public:
  RandomReader(const ByteSource& source, Extent bounds);

  Extent bounds() const noexcept { return bounds_; }
  bool holds(uint64_t offset, uint64_t size) const noexcept {
    return offset >= bounds_.offset && offset <= bounds_.end() && size <= bounds_.end() - offset;
  }
  // Valid until the next call. Throws Error (truncated) where the bounds do not hold it.
  std::string_view view(uint64_t offset, uint64_t size);
  unsigned char byte(uint64_t offset) { return static_cast<unsigned char>(view(offset, 1)[0]); }
  uint32_t u32(uint64_t offset);
  // An unsigned number of 4 or 8 bytes.
  uint64_t word(uint64_t offset, unsigned size);

 private:
  const ByteSource& source_;
  Extent bounds_;
  std::string block_;
  uint64_t block_offset_ = 0;
};

}  // namespace jireloc::bytes
