#include "payload/strings.hpp"

#include <algorithm>
#include <cstring>

#include "bytes/windows.hpp"
#include "jireloc/error.hpp"
#include "payload/objects.hpp"

namespace jireloc::payload {
namespace {

constexpr uint64_t kStreamHead = 5;  // tag and length
constexpr uint64_t kLongestString = uint64_t{64} << 20;

// Little-endian, as all systems that Julia has run on. Of 4 or 8 bytes: a size that the compiler knows is no
// call, and this is asked of every sixteenth byte of a payload.
uint64_t load(const char* at, unsigned size) {
  if (size == sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

class Strings {
 public:
  Strings(const Region& region, unsigned pointer_size, const VisitString& visit)
      : region_(region),
        pointer_size_(pointer_size),
        visit_(visit),
        budget_(8 * region.extent.size + (uint64_t{1} << 20)) {}

  void of_stream() {
    uint64_t next = region_.extent.offset;
    bytes::for_each_window(*region_.source, region_.extent, 16, [&](const bytes::Window& window) {
      next = std::max(next, window.fresh_begin);
      while (next < window.fresh_end) {
        const char* from = window.bytes.data() + (next - window.offset);
        const auto* found = static_cast<const char*>(std::memchr(from, kStringTag, window.fresh_end - next));
        if (found == nullptr) break;
        const uint64_t at = next + static_cast<uint64_t>(found - from);
        next = at + 1;
        if (at + kStreamHead > window.offset + window.bytes.size()) continue;
        const Extent text{at + kStreamHead, load(found + 1, 4)};
        if (take(text, false)) next = text.end();
      }
    });
  }

  void of_objects(bool tags_are_small) {
    const uint64_t begin = region_.payload_begin;
    uint64_t at = begin + round_up(region_.extent.offset - begin + pointer_size_, kStringAlignment);
    bytes::for_each_window(*region_.source, region_.extent, 16, [&](const bytes::Window& window) {
      const uint64_t end =
          std::min(window.fresh_end, window.offset + window.bytes.size() - pointer_size_ + 1);
      if (window.bytes.size() < pointer_size_) return;
      for (; at < end; at += kStringAlignment) {
        const char* length = window.bytes.data() + (at - window.offset);
        const uint64_t tag = load(length - pointer_size_, pointer_size_);
        if (tags_are_small ? tag != 0xA3 && tag != 0xA7 : tag >> (8 * pointer_size_ - 3) != 6) continue;
        const Extent text{at + pointer_size_, load(length, pointer_size_)};
        if (take(text, true)) at = begin + round_up(text.end() - begin, kStringAlignment) - kStringAlignment;
      }
    });
  }

 private:
  // Whether it is a String, as far as one can tell: what lies in it need not be looked at then.
  bool take(Extent text, bool ends_in_nul) {
    const Extent& all = region_.extent;
    if (text.size < 2 || text.size > kLongestString || text.offset > all.end() ||
        text.size > all.end() - text.offset - (ends_in_nul && text.offset < all.end() ? 1 : 0))
      return false;
    if (is_chance(text)) return false;
    const std::string_view bytes = read(text.offset, text.size + (ends_in_nul ? 1 : 0));
    if (ends_in_nul && bytes.back() != 0) return false;
    const std::string_view inside = bytes.substr(0, text.size);
    const size_t nul = inside.find('\0');
    spend(std::min(nul, inside.size()));
    // Words that lie together by chance are seldom free of NULs.
    const bool is_text = nul == std::string_view::npos;
    if (!is_text && inside[0] != '/') return false;
    if (inside.find('/') != std::string_view::npos) visit_(text, inside);
    return is_text;
  }

  // Words that lie together by chance often claim megabytes; their first bytes tell, and no more is read of a
  // payload that is streamed.
  bool is_chance(Extent text) {
    constexpr uint64_t kHead = 64;
    const std::string_view head = read(text.offset, std::min(text.size, kHead));
    return head[0] != '/' && head.find('\0') != std::string_view::npos;
  }

  std::string_view read(uint64_t offset, uint64_t size) {
    if (const std::string_view all = region_.source->in_memory(); all.size() >= offset + size)
      return all.substr(offset, size);
    spend(size);
    buffer_ = region_.source->read_string(offset, size);
    return buffer_;
  }

  void spend(uint64_t bytes) {
    if (bytes > budget_)
      throw Error(ErrorKind::too_large, "the payload's strings cannot be told apart: too many overlap",
                  region_.source->name());
    budget_ -= bytes;
  }

  const Region& region_;
  const unsigned pointer_size_;
  const VisitString& visit_;
  uint64_t budget_;
  std::string buffer_;
};

}  // namespace

void for_each_string(const Region& region, unsigned pointer_size, const VisitString& visit) {
  Strings strings(region, pointer_size, visit);
  switch (region.kind) {
    case RegionKind::stream:
      return strings.of_stream();
    case RegionKind::sysdata:
      return strings.of_objects(false);
    case RegionKind::const_data:
      return strings.of_objects(true);
    case RegionKind::symbols:
    case RegionKind::debug_info:
    case RegionKind::other:
      return;
  }
}

}  // namespace jireloc::payload
