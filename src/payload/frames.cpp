#include "payload/frames.hpp"

#include <algorithm>

#include "payload/objects.hpp"
#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

// How far back the head of a text is looked for. A path so deep inside a longer text counts as unclassified.
constexpr uint64_t kLookBack = 1 << 20;

bool is_string_tag(uint64_t tag, unsigned pointer_size, StringTags tags) {
  if (tags == StringTags::small) return tag == 0xA3 || tag == 0xA7;  // 1.10; 1.11 and later
  return tag >> (8 * pointer_size - 3) == 6;
}

}  // namespace

void NestedFrames::push(const Frame& frame) {
  while (!frames_.empty() && frames_.back().text.end() <= frame.text.end()) frames_.pop_back();
  frames_.push_back(frame);
}

std::optional<Frame> NestedFrames::around(Extent place, uint64_t first) {
  while (!frames_.empty() && frames_.front().text.offset < first) frames_.pop_front();
  while (!frames_.empty() && frames_.back().text.end() <= place.offset) frames_.pop_back();
  const auto outside = std::partition_point(
      frames_.begin(), frames_.end(), [&](const Frame& frame) { return frame.text.end() >= place.end(); });
  if (outside == frames_.begin()) return std::nullopt;
  return *(outside - 1);
}

void StreamFrames::push_frames_at(uint64_t at, uint64_t place) {
  const auto push = [&](FrameKind kind, uint64_t size) {
    if (stream_.holds(at, size) && at + size > place) frames_.push({kind, {at, size}});
  };
  if (at >= 5 && stream_.holds(at - 5, 5)) {
    const unsigned char tag = stream_.byte(at - 5);
    if (tag == kLongSymbolTag) push(FrameKind::symbol, stream_.u32(at - 4));
    if (tag == kStringTag) push(FrameKind::string, stream_.u32(at - 4));
  }
  // Wins where both are there.
  if (at >= 2 && stream_.holds(at - 2, 2) && stream_.byte(at - 2) == kSymbolTag)
    push(FrameKind::symbol, stream_.byte(at - 1));
}

std::optional<Frame> StreamFrames::find(Extent place) {
  const uint64_t farthest = place.offset - std::min(kLookBack, place.offset - stream_.bounds().offset);
  const uint64_t known = seen_ ? std::max(*seen_, farthest) : farthest;
  // The bytes between the head and the place belong to the text; a control byte says that none of a text's
  // heads lies farther back.
  uint64_t begin = place.offset;
  while (begin > known && is_text_byte(stream_.byte(begin - 1))) --begin;
  const bool goes_on = seen_ && begin == *seen_;
  if (!goes_on) frames_.clear();
  for (uint64_t at = begin + (goes_on ? 1 : 0); at <= place.offset; ++at) push_frames_at(at, place.offset);
  seen_ = place.offset;
  return frames_.around(place, farthest);
}

StringFrames::StringFrames(const ByteSource& source, Extent section, uint64_t payload_begin,
                           unsigned pointer_size, StringTags tags)
    : source_(source),
      section_(source, section),
      payload_begin_(payload_begin),
      pointer_size_(pointer_size),
      tags_(tags),
      next_(round_up(section.offset - payload_begin + pointer_size, kStringAlignment)) {}

void StringFrames::push_frame_at(uint64_t length_at, uint64_t place) {
  if (!is_string_tag(section_.word(length_at - pointer_size_, pointer_size_), pointer_size_, tags_)) return;
  const Extent text{length_at + pointer_size_, section_.word(length_at, pointer_size_)};
  if (!section_.holds(text.offset, text.size) || text.end() <= place || !section_.holds(text.end(), 1))
    return;
  // Not through the reader, whose block is better kept here.
  char behind = 1;
  source_.read(text.end(), &behind, 1);
  if (behind == 0) frames_.push({FrameKind::string, text});
}

std::optional<Frame> StringFrames::find(Extent place) {
  const uint64_t relative = place.offset - payload_begin_;
  if (relative < pointer_size_) return std::nullopt;
  const uint64_t farthest = round_up(relative - std::min(relative, kLookBack), kStringAlignment);
  next_ = std::max(next_, farthest);
  for (; next_ + pointer_size_ <= relative; next_ += kStringAlignment)
    push_frame_at(payload_begin_ + next_, place.offset);
  return frames_.around(place, payload_begin_ + farthest + pointer_size_);
}

std::optional<Frame> SymbolFrames::find(Extent place) {
  while (section_.holds(at_, 4)) {
    const Extent text{at_ + 4, section_.u32(at_)};
    if (text.offset > place.offset) return std::nullopt;
    if (text.end() >= place.end()) {
      if (!section_.holds(text.offset, text.size)) return std::nullopt;
      return Frame{FrameKind::symbol, text};
    }
    at_ = text.end() + 1;
  }
  return std::nullopt;
}

}  // namespace jireloc::payload
