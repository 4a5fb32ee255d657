// How Julia counts characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace jireloc {

// length(::String) as Julia counts it, malformed text included (base/strings/string.jl: iterate_continued): a
// lead byte takes as many continuation bytes as it announces and are there, any other byte is a character of
// its own.
inline size_t julia_length(std::string_view text) noexcept {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++characters) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int announced = lead < 0xc0 || lead >= 0xf8 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    for (int k = 0; k < announced && i < text.size() && (text[i] & 0xc0) == 0x80; ++k) ++i;
  }
  return characters;
}

}  // namespace jireloc
