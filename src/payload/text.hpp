// Which bytes can belong to a path or to a text, and which cannot.
#pragma once

#include <string_view>

namespace jireloc::payload {

// No control byte, except those that texts hold.
inline bool is_text_byte(unsigned char byte) {
  return (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
}

// A byte after which a path may begin.
inline bool may_precede_path(unsigned char byte) {
  return byte < 0x20 || byte == 0x7F ||
         std::string_view("\"'` =:;,(").find(static_cast<char>(byte)) != std::string_view::npos;
}

// A byte that is usual in the names of files: next to a path it makes another path of it.
inline bool is_name_byte(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         byte >= 0x80 ||
         std::string_view("._-~+@%/\\").find(static_cast<char>(byte)) != std::string_view::npos;
}

}  // namespace jireloc::payload
