// Writing of little-endian fields into a growing buffer, with places that are filled in later.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "jireloc/error.hpp"

namespace jireloc::bytes {

class ByteWriter {
 public:
  uint64_t size() const noexcept { return bytes_.size(); }
  void reserve(uint64_t size) { bytes_.reserve(size); }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  void u8(uint8_t value) { bytes_ += static_cast<char>(value); }
  void u16(uint16_t value) { number(value); }
  void u32(uint32_t value) { number(value); }
  void u64(uint64_t value) { number(value); }
  void i32(int32_t value) { number(value); }
  void f64(double value) { number(value); }
  void c_string(std::string_view text) {
    raw(text);
    u8(0);
  }
  // A signed 32-bit length and the bytes. Throws Error (bad_length) where the length does not fit.
  void counted(std::string_view text) {
    if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
      throw Error(ErrorKind::bad_length, "a text is too long for its 32-bit length field");
    i32(static_cast<int32_t>(text.size()));
    raw(text);
  }
  void zeros(uint64_t count) { bytes_.append(count, '\0'); }
  // Overwrites the 8 bytes at `at`, which must have been written.
  void patch_u64(uint64_t at, uint64_t value) { std::memcpy(&bytes_.at(at + 7) - 7, &value, sizeof value); }

  std::string take() && { return std::move(bytes_); }

 private:
  template <typename T>
  void number(T value) {
    char raw_bytes[sizeof(T)];
    std::memcpy(raw_bytes, &value, sizeof(T));
    bytes_.append(raw_bytes, sizeof(T));
  }
  std::string bytes_;
};

}  // namespace jireloc::bytes
