// A native library whose image data gets longer.
#pragma once

#include <string>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::native {

// What becomes of jl_system_image_checksum, where there is one.
enum class ImageChecksum : uint8_t {
  follows,  // it is the CRC-32C of the new data
  stays,    // it is of what the data unpacks to, which has the same as before
};

// What turns `library` into one whose jl_system_image_data is `image_data` and jl_system_image_size its
// length: the data goes into a segment of its own at
// the end of the file, with the program headers before it; the place of the old data is filled with zeros.
// The splices are sorted and disjoint. Nothing else is changed. ELF of 64 bits for x86-64 and aarch64. Throws
// Error: unsupported (another library, or one in which something refers into the old data), and for damaged
// ones truncated, bad_offset, bad_value.
std::vector<Splice> grow_image_data(const ByteSource& library, std::string image_data,
                                    ImageChecksum checksum = ImageChecksum::follows);

}  // namespace jireloc::native
