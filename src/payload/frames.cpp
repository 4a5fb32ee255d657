#include "payload/frames.hpp"

#include <algorithm>

#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

// How far back the head of a text is looked for. A path so deep inside a longer text counts as unclassified.
constexpr uint64_t kLookBack = 1 << 20;

constexpr unsigned char kSymbolTag = 2, kLongSymbolTag = 12, kStringTag = 18;  // 1.0 - 1.8
constexpr uint64_t kStringAlignment = 16;

std::optional<Frame> if_holds(FrameKind kind, Extent text, Extent place, const bytes::RandomReader& reader) {
  if (text.size < place.size || text.end() < place.end() || !reader.holds(text.offset, text.size))
    return std::nullopt;
  return Frame{kind, text};
}

// The frame whose text begins exactly at `at`.
std::optional<Frame> stream_frame_at(bytes::RandomReader& stream, uint64_t at, Extent place) {
  if (stream.holds(at - 2, 2) && stream.byte(at - 2) == kSymbolTag) {
    if (const auto frame = if_holds(FrameKind::symbol, {at, stream.byte(at - 1)}, place, stream))
      return frame;
  }
  if (!stream.holds(at - 5, 5)) return std::nullopt;
  const unsigned char tag = stream.byte(at - 5);
  if (tag != kLongSymbolTag && tag != kStringTag) return std::nullopt;
  return if_holds(tag == kStringTag ? FrameKind::string : FrameKind::symbol, {at, stream.u32(at - 4)}, place,
                  stream);
}

bool is_string_tag(uint64_t tag, unsigned pointer_size, StringTags tags) {
  if (tags == StringTags::small) return tag == 0xA3 || tag == 0xA7;  // 1.10; 1.11 and later
  return tag >> (8 * pointer_size - 3) == 6;
}

}  // namespace

std::optional<Frame> stream_frame(bytes::RandomReader& stream, Extent place) {
  const uint64_t first = place.offset - std::min(kLookBack, place.offset - stream.bounds().offset);
  for (uint64_t at = place.offset;; --at) {
    // The bytes between the head and the place belong to the text; a control byte says that none of a text's
    // heads lies farther back.
    if (at < place.offset && !is_text_byte(stream.byte(at))) return std::nullopt;
    if (at >= 2) {
      if (const auto frame = stream_frame_at(stream, at, place)) return frame;
    }
    if (at == first) return std::nullopt;
  }
}

std::optional<Frame> string_frame(bytes::RandomReader& section, uint64_t payload_begin, unsigned pointer_size,
                                  StringTags tags, Extent place) {
  const uint64_t relative = place.offset - payload_begin;
  if (relative < pointer_size) return std::nullopt;
  const uint64_t nearest = payload_begin + (relative - pointer_size) / kStringAlignment * kStringAlignment;
  for (uint64_t length_at = nearest; place.offset - length_at <= kLookBack; length_at -= kStringAlignment) {
    if (length_at < pointer_size || !section.holds(length_at - pointer_size, uint64_t{2} * pointer_size))
      break;
    if (is_string_tag(section.word(length_at - pointer_size, pointer_size), pointer_size, tags)) {
      const Extent text{length_at + pointer_size, section.word(length_at, pointer_size)};
      const auto frame = if_holds(FrameKind::string, text, place, section);
      if (frame && section.holds(text.end(), 1) && section.byte(text.end()) == 0) return frame;
    }
    if (length_at < kStringAlignment) break;
  }
  return std::nullopt;
}

std::optional<Frame> SymbolFrames::find(Extent place) {
  while (section_.holds(at_, 4)) {
    const Extent text{at_ + 4, section_.u32(at_)};
    if (text.offset > place.offset) return std::nullopt;
    if (text.end() >= place.end()) return if_holds(FrameKind::symbol, text, place, section_);
    at_ = text.end() + 1;
  }
  return std::nullopt;
}

}  // namespace jireloc::payload
