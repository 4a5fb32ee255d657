// Substring search at the speed of memory.
#pragma once

#include <string_view>

namespace jireloc::bytes {

// As std::string_view::find from `from` on; npos where there is none. `needle` must not be empty.
size_t find(std::string_view haystack, std::string_view needle, size_t from = 0) noexcept;

}  // namespace jireloc::bytes
