#include "bytes/windows.hpp"

#include <algorithm>
#include <cstring>

#include "base/work.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"

namespace jireloc::bytes {
namespace {

constexpr uint64_t kWindow = uint64_t{256} << 10;  // stays in the second-level cache
constexpr uint64_t kPart = uint64_t{64} << 10;

class Slice : public ByteSource {
 public:
  Slice(const ByteSource& source, Extent extent) : source_(source), extent_(extent) {}
  uint64_t size() const noexcept override { return extent_.size; }
  const std::string& name() const noexcept override { return source_.name(); }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > extent_.size || size > extent_.size - offset)
      throw Error(ErrorKind::truncated, "bytes wanted behind the end of a part", name(),
                  extent_.offset + offset);
    source_.read(extent_.offset + offset, buffer, size);
  }
  std::string_view in_memory() const noexcept override {
    const std::string_view all = source_.in_memory();
    return all.empty() ? all : all.substr(extent_.offset, extent_.size);
  }

 private:
  const ByteSource& source_;
  Extent extent_;
};

void check_inside(const ByteSource& source, Extent extent) {
  if (extent.offset > source.size() || extent.size > source.size() - extent.offset)
    throw Error(ErrorKind::truncated, "the file ends before a part of it that is recorded", source.name(),
                extent.offset);
}

}  // namespace

std::unique_ptr<ByteSource> slice(const ByteSource& source, Extent extent) {
  check_inside(source, extent);
  return std::make_unique<Slice>(source, extent);
}

uint32_t checksum(const ByteSource& source, Extent extent) {
  uint32_t crc = 0;
  for_each_piece(source, extent,
                 [&](std::string_view piece) { crc = crc32c::extend(crc, piece.data(), piece.size()); });
  return crc;
}

void for_each_piece(const ByteSource& source, Extent extent,
                    const std::function<void(std::string_view)>& use) {
  for_each_window(source, extent, 0, [&](const Window& window) { use(window.bytes); });
}

void for_each_window(const ByteSource& source, Extent extent, uint64_t context,
                     const std::function<void(const Window&)>& use) {
  all_of_windows(source, extent, context, [&](const Window& window) { return use(window), true; });
}

bool all_of_windows(const ByteSource& source, Extent extent, uint64_t context,
                    const std::function<bool(const Window&)>& use) {
  check_inside(source, extent);
  if (extent.size == 0) return true;
  if (const std::string_view all = source.in_memory(); !all.empty())
    return use({all.substr(extent.offset, extent.size), extent.offset, extent.offset, extent.end()});
  std::string buffer;
  uint64_t held_begin = 0, held_end = 0;  // what of the file lies in the buffer
  for (uint64_t fresh = extent.offset; fresh < extent.end();) {
    const uint64_t fresh_end = std::min(extent.end(), fresh + kWindow);
    const uint64_t begin = fresh - std::min(context, fresh - extent.offset);
    const uint64_t end = fresh_end + std::min(context, extent.end() - fresh_end);
    // What the last window has read already is moved, not read again.
    const uint64_t kept = held_end > begin ? held_end - begin : 0;
    if (kept != 0) std::memmove(buffer.data(), buffer.data() + (begin - held_begin), kept);
    buffer.resize(std::max<uint64_t>(buffer.size(), end - begin));
    source.read(begin + kept, buffer.data() + kept, end - begin - kept);
    held_begin = begin;
    held_end = end;
    if (!use({std::string_view(buffer).substr(0, end - begin), begin, fresh, fresh_end})) return false;
    fresh = fresh_end;
    spend_time(source.name());
  }
  return true;
}

bool equal(const ByteSource& a, Extent extent, const ByteSource& b, uint64_t b_offset) {
  if (b_offset > b.size() || extent.size > b.size() - b_offset) return false;
  // Pieces are small only of what is not in memory.
  if (!a.in_memory().empty() && b.in_memory().empty())
    return equal(b, {b_offset, extent.size}, a, extent.offset);
  std::string buffer;
  return all_of_windows(a, extent, 0, [&](const Window& window) {
    const uint64_t at = b_offset + (window.offset - extent.offset);
    if (const std::string_view all = b.in_memory(); !all.empty())
      return all.substr(at, window.bytes.size()) == window.bytes;
    buffer.resize(window.bytes.size());
    b.read(at, buffer.data(), buffer.size());
    return buffer == window.bytes;
  });
}

RandomReader::RandomReader(const ByteSource& source, Extent bounds) : source_(source), bounds_(bounds) {
  check_inside(source, bounds);
}

std::string_view RandomReader::view(uint64_t offset, uint64_t size) {
  if (!holds(offset, size))
    throw Error(ErrorKind::truncated, "a recorded length leads out of its part", source_.name(), offset);
  if (const std::string_view all = source_.in_memory(); !all.empty()) return all.substr(offset, size);
  if (offset < block_offset_ || offset + size > block_offset_ + block_.size()) {
    // A little before the place too: frames are looked for backwards.
    const uint64_t begin = offset - std::min(kPart / 8, offset - bounds_.offset);
    const uint64_t end = std::min(bounds_.end(), std::max(begin + kPart, offset + size));
    block_.resize(end - begin);
    source_.read(begin, block_.data(), block_.size());
    block_offset_ = begin;
  }
  return std::string_view(block_).substr(offset - block_offset_, size);
}

uint32_t RandomReader::u32(uint64_t offset) {
  uint32_t value;
  std::memcpy(&value, view(offset, sizeof value).data(), sizeof value);
  return value;
}

uint64_t RandomReader::word(uint64_t offset, unsigned size) {
  if (size == 4) return u32(offset);
  uint64_t value;
  std::memcpy(&value, view(offset, sizeof value).data(), sizeof value);
  return value;
}

}  // namespace jireloc::bytes
