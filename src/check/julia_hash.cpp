#include "check/julia_hash.hpp"

#include <bit>
#include <cstring>

namespace jireloc::check {
namespace {

constexpr uint64_t c1 = 0x87c37b91114253d5, c2 = 0x4cf5ad432745937f;

uint64_t finish_word(uint64_t k) noexcept {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

uint64_t mix1(uint64_t k) noexcept {
  return std::rotl(k * c1, 31) * c2;
}
uint64_t mix2(uint64_t k) noexcept {
  return std::rotl(k * c2, 33) * c1;
}

// Up to 8 bytes, little-endian.
uint64_t word(std::string_view bytes) noexcept {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 8; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

// The second half of MurmurHash3_x64_128.
uint64_t murmur3(std::string_view bytes, uint32_t seed) noexcept {
  uint64_t h1 = seed, h2 = seed;
  std::string_view rest = bytes;
  for (; rest.size() >= 16; rest.remove_prefix(16)) {
    h1 = (std::rotl(h1 ^ mix1(word(rest)), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ mix2(word(rest.substr(8))), 31) + h1) * 5 + 0x38495ab5;
  }
  if (rest.size() > 8) h2 ^= mix2(word(rest.substr(8)));
  if (!rest.empty()) h1 ^= mix1(word(rest));
  h1 ^= bytes.size();
  h2 ^= bytes.size();
  h1 += h2;
  h2 += h1;
  h1 = finish_word(h1);
  h2 = finish_word(h2);
  h1 += h2;
  return h2 + h1;
}

// base/hashing.jl: hash_64_64.
uint64_t hash_64_64(uint64_t n) noexcept {
  uint64_t a = n;
  a = ~a + (a << 21);
  a = a ^ (a >> 24);
  a = a + (a << 3) + (a << 8);
  a = a ^ (a >> 14);
  a = a + (a << 2) + (a << 4);
  a = a ^ (a >> 28);
  return a + (a << 31);
}

}  // namespace

uint64_t hash_string(std::string_view text, uint64_t h) noexcept {
  h += 0x71e729fd56419c81;  // Base.memhash_seed
  return murmur3(text, static_cast<uint32_t>(h)) + h;
}

uint64_t hash_integer(int64_t value, uint64_t h) noexcept {
  return hash_64_64(static_cast<uint64_t>(value)) - 3 * h;
}

std::optional<uint64_t> hash_value(const TomlValue& value, uint64_t h) noexcept {
  if (const auto* text = std::get_if<std::string>(&value.value)) return hash_string(*text, h);
  if (const auto* integer = std::get_if<int64_t>(&value.value)) return hash_integer(*integer, h);
  if (const auto* flag = std::get_if<bool>(&value.value)) return hash_integer(*flag ? 1 : 0, h);
  return std::nullopt;
}

}  // namespace jireloc::check
