// Where the text that a place lies in begins and ends, by what frames it in the payload.
//
// The tests are by tag and length, not by decoding the object graph. Each finder is asked with ascending
// places and looks at every byte once, whatever the number of places: a payload may be made of nothing else.
#pragma once

#include <deque>
#include <optional>

#include "bytes/windows.hpp"

namespace jireloc::payload {

enum class FrameKind { symbol, string };

struct Frame {
  FrameKind kind;
  Extent text;  // in the file
};

// Frames that may hold a place, the innermost on top: of two of them the one that begins later ends earlier.
class NestedFrames {
 public:
  // `frame` begins where the last one does or behind it.
  void push(const Frame& frame);
  void clear() { frames_.clear(); }
  // The one that begins last of those that hold all of `place` and begin at `first` or behind it. What ends
  // before the place or begins before `first` is forgotten: later places lie behind.
  std::optional<Frame> around(Extent place, uint64_t first);

 private:
  std::deque<Frame> frames_;
};

// In the tag stream of Julia <= 1.8 (src/dump.c: jl_serialize_value_): a tag, a length, the bytes.
class StreamFrames {
 public:
  explicit StreamFrames(const ByteSource& source, Extent stream) : stream_(source, stream) {}
  // The frame that holds all of `place`, or none.
  std::optional<Frame> find(Extent place);

 private:
  void push_frames_at(uint64_t at, uint64_t place);

  bytes::RandomReader stream_;
  NestedFrames frames_;
  std::optional<uint64_t>
      seen_;  // heads up to here are in `frames_`; what of the text lies before it is text
};

// A String object of a static-data payload: tag word, length word, bytes, NUL. Up to 1.9 Strings lie in
// sysdata and their tag refers to the system image; since then they lie in const data with a small tag.
enum class StringTags { system_image_reference, small };
class StringFrames {
 public:
  // `section` lies in the payload that begins at `payload_begin`.
  StringFrames(const ByteSource& source, Extent section, uint64_t payload_begin, unsigned pointer_size,
               StringTags tags);
  std::optional<Frame> find(Extent place);

 private:
  void push_frame_at(uint64_t length_at, uint64_t place);

  const ByteSource& source_;
  bytes::RandomReader section_;
  const uint64_t payload_begin_;
  const unsigned pointer_size_;
  const StringTags tags_;
  uint64_t next_;  // the first length word that was not looked at, relative to the payload
  NestedFrames frames_;
};

// Symbols of a static-data payload: u32 length, bytes, NUL, one after the other.
class SymbolFrames {
 public:
  SymbolFrames(const ByteSource& source, Extent section) : section_(source, section), at_(section.offset) {}
  std::optional<Frame> find(Extent place);

 private:
  bytes::RandomReader section_;
  uint64_t at_;
};

}  // namespace jireloc::payload
