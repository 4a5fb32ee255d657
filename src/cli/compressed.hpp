// Images compressed at rest: .ji.zst.
#pragma once

#include <cstdint>
#include <memory>

#include "jireloc/byte_source.hpp"

namespace jireloc::cli {

// The decompressed bytes of a zstd file (one or more frames), in memory. Throws Error: too_large where there
// are more than `limit` of them, bad_value where the stream is damaged or of another kind, truncated where it
// ends early. Memory: never more than some multiple of `limit`, whatever the frame's header says.
std::unique_ptr<ByteSource> decompress(const ByteSource& source, uint64_t limit);

}  // namespace jireloc::cli
