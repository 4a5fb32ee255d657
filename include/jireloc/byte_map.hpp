// Where the bytes of an image lie: every byte of its files belongs to exactly one part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/payload.hpp"

namespace jireloc {

enum class PartKind : uint8_t {
  header,      // who wrote it, modules, preferences, processors
  file_names,  // the dependency list, and what is recorded of each file
  source,      // stored source texts
  payload,     // the serialized modules
  code,        // the native library's own sections
  debug_info,  // likewise, DWARF
  padding,     // what no reader looks at, words that tell sizes, and tables of the container
  checksum,
  unknown,  // what could not be looked into
};
// "header", "file-names", "source", "payload", "code", "debug-info", "padding", "checksum", "unknown".
std::string_view name(PartKind kind) noexcept;

struct BytePart {
  PartKind kind = PartKind::unknown;
  std::string name;  // "dependency list", "symbols", ".text"; of a source text the recorded name
  Extent extent;     // in its file; never empty
};

struct ByteMap {
  // In the order of the file, each part where the one before ends, the last at the file's end.
  std::vector<BytePart> image, library;
  std::vector<std::string> notes;  // what could not be taken apart, and why
};

// `input.library` may be null: then the map says nothing of it. A payload that cannot be taken apart is one
// part, and a note. Throws Error for what cannot be read, or would be too large unpacked.
ByteMap byte_map(const PayloadInput& input, const PayloadOptions& options = {});

}  // namespace jireloc
