// Native libraries made by hand: ELF of both word sizes, with as much in them as Julia's have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::test {

// The bytes of jl_system_image_data: embedded header, padding, payload. `file` gives prefix and checksum.
std::string image_data(const std::string& payload, std::string_view layout, uint64_t checksum,
                       unsigned pointer_size = 8);

struct ElfBuilder {
  unsigned word_size = 8;
  std::string image_data;                  // of jl_system_image_data; empty: no such symbol
  std::optional<uint64_t> image_size;      // what jl_system_image_size says; default: the data's size
  std::optional<uint32_t> image_checksum;  // jl_system_image_checksum
  std::vector<std::pair<std::string, std::string>> sections;  // further ones: name, contents
  bool compressed_sections = false;                           // they carry SHF_COMPRESSED
  bool dynamic_symbols = true;                                // else the symbols are in .symtab alone
  std::string names_before;                                   // in the symbols' string table
  bool last_name_ends = true;                                 // else it has no NUL
  std::string bytes() const;
};

}  // namespace jireloc::test
