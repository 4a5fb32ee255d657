// Splitting work over several runs, by package: each part is done by exactly one of them.
#pragma once

#include <cstdint>
#include <string_view>

#include "jireloc/crc32c.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc {

struct Shard {
  uint32_t number = 1, count = 1;  // 1 <= number <= count
  // CRC-32C of the package's UUID, as slugs take it, modulo the number of shards.
  bool has(const Uuid& package) const noexcept { return has(package.number_bytes()); }
  // The same for what has no UUID: any bytes that name it.
  bool has(std::string_view name) const noexcept {
    return count <= 1 || crc32c::value(name) % count == number - 1;
  }
};

}  // namespace jireloc
