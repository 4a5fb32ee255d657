// The native library beside a split image: what its container says of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::native {

// Larger tables are no library that Julia writes; the bound keeps a damaged file from taking all memory.
constexpr uint64_t kLargestTable = uint64_t{256} << 20;

enum class Container { elf, macho, pe };

struct Section {
  std::string name;
  Extent extent;            // in the file
  bool compressed = false;  // SHF_COMPRESSED: its text cannot be searched
  bool is_debug_info() const { return name.starts_with(".debug") || name.starts_with(".zdebug"); }
};

struct Library {
  Container container = Container::elf;
  std::vector<Section> sections;  // those with bytes in the file, by offset; ELF only
  // What the symbols of these names hold. ELF only; the others are searched by magic.
  std::optional<Extent> image_data;           // jl_system_image_data, as long as jl_system_image_size says
  std::optional<uint32_t> image_checksum;     // jl_system_image_checksum (1.13 and later)
  std::optional<uint64_t> image_checksum_at;  // where it lies in the file
  // Where jl_system_image_size lies in the file, and how many bytes the symbol jl_system_image_data has: what
  // takes its place may be shorter than that, if the size is told.
  std::optional<Extent> image_size_word;
  uint64_t image_room = 0;
  bool is_signed = false;  // Mach-O: carries a code signature
};

// Recognises the container by its first bytes. Throws Error: unsupported for what is no library,
// foreign_byte_order, truncated, bad_offset.
Library read_library(const ByteSource& source);

// The ELF part of it.
Library read_elf(const ByteSource& source);

}  // namespace jireloc::native
