#include "jireloc/uuid.hpp"

#include <fmt/format.h>

namespace jireloc {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_dash_position(size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

void append_little_endian(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
}

}  // namespace

std::string Uuid::text() const {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", hi >> 32, (hi >> 16) & 0xffff, hi & 0xffff,
                     lo >> 48, lo & 0xffffffffffffULL);
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    uint64_t& half = digits < 16 ? uuid.hi : uuid.lo;
    half = half << 4 | static_cast<uint64_t>(digit);
    ++digits;
  }
  return uuid;
}

std::string Uuid::number_bytes() const {
  std::string bytes;
  bytes.reserve(16);
  append_little_endian(bytes, lo);
  append_little_endian(bytes, hi);
  return bytes;
}

std::string hex64(uint64_t value) {
  return fmt::format("{:016x}", value);
}

std::string hex32(uint32_t value) {
  return fmt::format("{:08x}", value);
}

}  // namespace jireloc
