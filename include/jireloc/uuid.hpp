// UUIDs as cache files record them: two 64-bit halves.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jireloc {

struct Uuid {
  uint64_t hi = 0;  // the first 8 bytes of the textual form, as a number
  uint64_t lo = 0;
  // All zero: the module has no UUID (Base, Core, Main, and packages of Julia 0.6 style).
  bool is_nil() const noexcept { return hi == 0 && lo == 0; }
  // 36 characters, lower case.
  std::string text() const;
  // From 36 characters in either case; nothing if malformed.
  static std::optional<Uuid> parse(std::string_view text) noexcept;
  // The 16 bytes of the 128-bit number, little-endian: the reverse of the textual order. What Julia's slugs
  // hash and what require entries hold.
  std::string number_bytes() const;
  auto operator<=>(const Uuid&) const = default;
};

// 16 hex digits (build ids, checksums).
std::string hex64(uint64_t value);
// 8 hex digits.
std::string hex32(uint32_t value);

}  // namespace jireloc
