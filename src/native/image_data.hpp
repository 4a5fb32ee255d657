// The image data in a native library: jl_system_image_data, with its embedded header and payload.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"
#include "native/library.hpp"

namespace jireloc::native {

struct ImageData {
  // Where the symbol's bytes are to be read: the library, or the decompressed data.
  const ByteSource* source = nullptr;
  Extent symbol;   // header and payload, in *source
  Extent payload;  // in *source
  EmbeddedHeader header;
  std::unique_ptr<ByteSource> decompressed;  // null where the data is not compressed
  Extent compressed;                         // the compressed bytes in the library; empty likewise
  // Why it must not be rewritten: a checksum that does not hold. Empty where all hold.
  std::string bad_checksum;
};

// Finds the data by its symbol or, where the container's symbols are not read, by its magic, and verifies its
// checksums. `library` must outlive the result. Throws Error: unsupported (no image data, or by magic none
// whose checksum holds), too_large (more than max_decompressed bytes), and what read_embedded_header throws.
ImageData find_image_data(const ByteSource& library, const Library& described, const Layout& layout,
                          uint64_t max_decompressed);

}  // namespace jireloc::native
