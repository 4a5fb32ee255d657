// Native libraries with another payload than the one they were linked with.
#pragma once

#include <string>
#include <string_view>

#include "jireloc/cache_file.hpp"

namespace depot_maker {

// The payload inside the symbol jl_system_image_data.
std::string payload_of_library(const std::string& elf, const jireloc::Layout& layout);

// The library with `payload` in place of its own, and with the checksum and the required modules of `file` in
// its embedded header. The symbol moves to a segment of its own at the end of the file, as the linker might
// have laid it out; what it leaves is zeroed. ELF of x86-64 and aarch64 Linux only.
std::string replace_payload(const std::string& elf, std::string_view payload, const jireloc::CacheFile& file);

}  // namespace depot_maker
