// Base.hash as Julia 1.6 to 1.12 computes it, for the values that preferences usually have.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "jireloc/environment.hpp"

namespace jireloc::check {

// hash(::String, h): MurmurHash3 x64 128 (src/support/hashing.c: memhash_seed, its second half).
uint64_t hash_string(std::string_view text, uint64_t h) noexcept;
// hash(::Int64, h) and, as numbers hash by value, hash(::Bool, h).
uint64_t hash_integer(int64_t value, uint64_t h) noexcept;
// Nothing for the types whose hash was not held against a real Julia: floats, dates, arrays, tables.
std::optional<uint64_t> hash_value(const TomlValue& value, uint64_t h) noexcept;

}  // namespace jireloc::check
