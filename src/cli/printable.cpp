#include "cli/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace jireloc::cli {
namespace {

char32_t decode(std::string_view character) noexcept {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  char32_t value = byte(0) & (0xFFU >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i) value = (value << 6) | (byte(i) & 0x3FU);
  return value;
}

// Characters that move the cursor, break the line or turn the direction of writing.
bool acts_on_terminal(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x061C ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

struct Range {
  char32_t first, last;
};

// Marks that stand on the letter before them.
constexpr Range kNoColumn[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x610, 0x61A},
                               {0x64B, 0x65F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},
                               {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
// What East Asian terminals, and all others, give two columns.
constexpr Range kTwoColumns[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

size_t width_of(char32_t c) noexcept {
  const auto holds = [c](const Range& range) { return range.first <= c && c <= range.last; };
  if (std::any_of(std::begin(kNoColumn), std::end(kNoColumn), holds)) return 0;
  return std::any_of(std::begin(kTwoColumns), std::end(kTwoColumns), holds) ? 2 : 1;
}

void append_hex(std::string& out, std::string_view bytes) {
  for (unsigned char byte : bytes) fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
}

// The usual escape of a character that has one; empty elsewhere.
std::string_view short_escape(char32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    case '\\':
      return "\\\\";
    default:
      return {};
  }
}

std::string escape(std::string_view bytes, bool contents) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    const std::string_view character = bytes.substr(0, std::max<size_t>(length, 1));
    const char32_t code = length == 0 ? 0 : decode(character);
    const std::string_view escaped = contents ? std::string_view() : short_escape(code);
    const bool is_layout = contents && (code == '\n' || code == '\t');
    if (!escaped.empty()) {
      out += escaped;
    } else if (length == 0 || (acts_on_terminal(code) && !is_layout)) {
      append_hex(out, character);
    } else {
      out += character;
    }
    bytes.remove_prefix(character.size());
  }
  return out;
}

}  // namespace

size_t utf8_length(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(bytes[i]) & 0xC0U) != 0x80U) return 0;
  }
  const char32_t code = decode(bytes.substr(0, length));
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return overlong || surrogate || code > 0x10FFFF ? 0 : length;
}

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

size_t columns(std::string_view text) noexcept {
  size_t columns = 0;
  for (size_t at = 0; at < text.size();) {
    const bool is_ascii = static_cast<unsigned char>(text[at]) < 0x80;  // most are: nothing to look up
    const size_t length = is_ascii ? 1 : std::max<size_t>(utf8_length(text.substr(at)), 1);
    columns += length == 1 ? 1 : width_of(decode(text.substr(at, length)));
    at += length;
  }
  return columns;
}

std::string printable(std::string_view bytes) {
  return escape(bytes, false);
}

std::string printable_text(std::string_view bytes) {
  return escape(bytes, true);
}

}  // namespace jireloc::cli
