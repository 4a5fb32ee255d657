// Which bytes can belong to a path or to a text, and which cannot.
#pragma once

#include <string_view>

namespace jireloc::payload {

// No control byte, except those that texts hold.
inline bool is_text_byte(unsigned char byte) {
  return (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
}

// A byte that continues the name of a file in the same word, or separates names: letters, digits, _ . ~ + @ %
// - /, and bytes of UTF-8. After any other one a path may begin, and before it end.
inline bool is_name_byte(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         byte >= 0x80 || std::string_view("._-~+@%/").find(static_cast<char>(byte)) != std::string_view::npos;
}

}  // namespace jireloc::payload
