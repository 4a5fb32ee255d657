// Where the text that a place lies in begins and ends, by what frames it in the payload.
#pragma once

#include <optional>

#include "bytes/windows.hpp"

namespace jireloc::payload {

enum class FrameKind { symbol, string };

struct Frame {
  FrameKind kind;
  Extent text;  // in the file
};

// The frame that holds all of `place`, or none. The tests are by tag and length, not by decoding the object
// graph.

// In the tag stream of Julia <= 1.8 (src/dump.c: jl_serialize_value_): a tag, a length, the bytes.
std::optional<Frame> stream_frame(bytes::RandomReader& stream, Extent place);

// A String object of a static-data payload: tag word, length word, bytes, NUL. `section` lies in the payload
// that begins at `payload_begin`. Up to 1.9 Strings lie in sysdata and their tag refers to the system image;
// since then they lie in const data with a small tag.
enum class StringTags { system_image_reference, small };
std::optional<Frame> string_frame(bytes::RandomReader& section, uint64_t payload_begin, unsigned pointer_size,
                                  StringTags tags, Extent place);

// Symbols of a static-data payload: u32 length, bytes, NUL, one after the other. To be asked with ascending
// places.
class SymbolFrames {
 public:
  explicit SymbolFrames(bytes::RandomReader& section) : section_(section), at_(section.bounds().offset) {}
  std::optional<Frame> find(Extent place);

 private:
  bytes::RandomReader& section_;
  uint64_t at_;
};

}  // namespace jireloc::payload
