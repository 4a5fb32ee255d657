// A native library whose image data gets longer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jireloc/byte_source.hpp"

namespace jireloc::native {

// What becomes of jl_system_image_checksum, where there is one.
enum class ImageChecksum : uint8_t {
  follows,  // it is the CRC-32C of the new data
  stays,    // it is of what the data unpacks to, which has the same as before
};

// A section that no program loads, and what it is to hold: it goes to the end of the file.
struct MovedSection {
  Extent old;  // in the file
  std::string bytes;
};

// What turns `library` into one whose jl_system_image_data is `head` and `data` and jl_system_image_size
// their length: they go into a segment of their own at the end of the file, with the program headers before
// them. The old data goes from the file, but for few pages of zeros: the segment that held it is parted.
// (Where anything else has a share in its place all of it becomes zeros.) The splices
// are sorted and disjoint. Nothing else is changed. ELF of 64 bits for x86-64 and aarch64. Throws Error:
// unsupported (another library, or one in which something refers into the old data), and for damaged ones
// truncated, bad_offset, bad_value.
std::vector<Splice> grow_image_data(const ByteSource& library, std::string head, std::string data,
                                    ImageChecksum checksum = ImageChecksum::follows,
                                    std::vector<MovedSection> moved = {});

}  // namespace jireloc::native
