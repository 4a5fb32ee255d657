// The native library beside a split image, held against what the image says of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/reason.hpp"

namespace jireloc {

struct NativeCheck {
  std::string path;  // spelled like the image's
  uint64_t size = 0;
  uint32_t crc = 0;  // of the whole file
  bool so_crc_ok = false;
  // Of the image data inside; empty where the layout keeps none there.
  std::optional<EmbeddedHeader> embedded;
  std::string payload_digest;    // XXH3-128 of the payload in the library
  std::vector<Reason> problems;  // empty: all holds
};

// What Julia compares when it loads the library (jl_validate_cache_file), and the checksums of file and
// payload. `open`: gives the library, or throws Error. `most_unpacked`: bytes of decompressed image data.
// Never throws Error: what does not hold, or could not be looked at, is among the problems.
NativeCheck check_native_library(const CacheFile& file, const std::string& path,
                                 const std::function<std::unique_ptr<ByteSource>()>& open,
                                 uint64_t most_unpacked);

}  // namespace jireloc
