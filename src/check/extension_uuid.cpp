#include "check/extension_uuid.hpp"

#include <cstddef>

#include "check/julia_hash.hpp"

namespace jireloc::check {
namespace {

constexpr uint64_t uuid_seed = 0xd06fa04f86f11b53;   // base/uuid.jl: hash(::UUID, h)
constexpr uint64_t tuple_seed = 0x77cfa1eef01bca90;  // base/tuple.jl: tuplehash_seed

// Base.hash of 1.9 to 1.12 (see julia_hash.hpp).
struct HashUntil112 {
  static constexpr uint64_t start = 0;
  static uint64_t empty_tuple(uint64_t h) noexcept { return h + tuple_seed; }
  static uint64_t integer(uint64_t value, uint64_t h) noexcept {
    return hash_integer(static_cast<int64_t>(value), h);
  }
  static uint64_t text(std::string_view bytes, uint64_t h) noexcept { return hash_string(bytes, h); }
};

// Base.hash since 1.13 (base/hashing.jl: hash_bytes is rapidhash).
struct HashSince113 {
  static constexpr uint64_t start = 0xbdd89aa982704029;  // HASH_SEED
  static constexpr uint64_t secret[] = {0x2d358dccaa6c78a5, 0x8bb84b93962eacc9, 0x4b33a62ed433d4a3,
                                        0xaaaaaaaaaaaaaaaa};

  static uint64_t empty_tuple(uint64_t h) noexcept { return h ^ tuple_seed; }
  static uint64_t integer(uint64_t value, uint64_t h) noexcept {
    uint64_t x = 3 * h - value;
    x = (x ^ (x >> 32)) * 0x63652a4cd374b267;
    return x ^ (x >> 33);
  }

  static uint64_t text(std::string_view bytes, uint64_t h) noexcept {
    const size_t size = bytes.size();
    uint64_t seed = h ^ mix(h ^ secret[2], secret[1]);
    uint64_t a = 0, b = 0, rest = size;
    if (size > 16) {
      seed = fold(bytes, seed, rest);
      a = word(bytes, size - 16, 8) ^ rest;
      b = word(bytes, size - 8, 8);
    } else if (size >= 4) {
      const size_t width = size >= 8 ? 8 : 4;
      seed ^= size;
      a = word(bytes, 0, width);
      b = word(bytes, size - width, width);
    } else if (size > 0) {
      a = word(bytes, 0, 1) << 45 | word(bytes, size - 1, 1);
      b = word(bytes, size / 2, 1);
    }
    const Product product = multiply(a ^ secret[1], b ^ seed);
    return mix(product.low ^ secret[3], product.high ^ secret[1] ^ rest);
  }

 private:
  struct Product {
    uint64_t high, low;
  };
  static Product multiply(uint64_t a, uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{a} * b;
    return {static_cast<uint64_t>(product >> 64), static_cast<uint64_t>(product)};
  }
  static uint64_t mix(uint64_t a, uint64_t b) noexcept {
    const Product product = multiply(a, b);
    return product.high ^ product.low;
  }
  static uint64_t word(std::string_view bytes, size_t at, size_t width) noexcept {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i)
      value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
  }
  // Texts of more than 16 bytes; `rest` becomes what the last round leaves.
  static uint64_t fold(std::string_view bytes, uint64_t seed, uint64_t& rest) noexcept {
    const auto pair = [&](size_t at, uint64_t key, uint64_t with) {
      return mix(word(bytes, at, 8) ^ key, word(bytes, at + 8, 8) ^ with);
    };
    size_t at = 0;
    if (rest > 48) {
      uint64_t second = seed, third = seed;
      for (; rest > 48; rest -= 48, at += 48) {
        seed = pair(at, secret[0], seed);
        second = pair(at + 16, secret[1], second);
        third = pair(at + 32, secret[2], third);
      }
      seed ^= second ^ third;
    }
    if (rest > 16) seed = pair(at, secret[2], seed);
    if (rest > 32) seed = pair(at + 16, secret[2], seed);
    return seed;
  }
};

template <typename Hash>
Uuid uuid5(const Uuid& parent, std::string_view name) noexcept {
  uint64_t h = Hash::empty_tuple(Hash::start);
  for (const uint64_t part : {parent.lo, parent.hi, uuid_seed}) h = Hash::integer(part, h);
  Uuid uuid;
  uuid.hi = Hash::text(name, h);
  uuid.lo = Hash::text(name, uuid.hi);
  uuid.hi = (uuid.hi & ~uint64_t{0xf000}) | 0x5000;
  uuid.lo = (uuid.lo & 0x3fffffffffffffff) | 0x8000000000000000;
  return uuid;
}

}  // namespace

bool is_extension_uuid(const Uuid& uuid, const Uuid& parent, std::string_view name) noexcept {
  return uuid == uuid5<HashUntil112>(parent, name) || uuid == uuid5<HashSince113>(parent, name);
}

}  // namespace jireloc::check
