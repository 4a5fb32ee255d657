// Checked reading of little-endian fields. Every length and offset that comes from a file goes through here.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "jireloc/error.hpp"

namespace jireloc::bytes {

// Thrown by a reader whose bytes are a window of a larger file, when the window ends before the field does.
// Never leaves the library: whoever opened the window reads more and starts again.
struct WindowTooSmall {
  uint64_t wanted_end;  // offset in the file up to which bytes are needed
};

class ByteReader {
 public:
  // `bytes` lie at `base` in their file. Where `whole_size` is larger than base + bytes.size(), the bytes are
  // a window, and reading behind it throws WindowTooSmall; reading behind whole_size throws Error
  // (truncated).
  explicit ByteReader(std::string_view bytes, uint64_t base = 0, uint64_t whole_size = 0)
      : bytes_(bytes), base_(base), whole_size_(std::max<uint64_t>(whole_size, base + bytes.size())) {}

  uint64_t offset() const noexcept { return base_ + position_; }
  // Bytes left in the file (not in the window).
  uint64_t remaining() const noexcept { return whole_size_ - offset(); }
  bool at_end() const noexcept { return remaining() == 0; }

  std::string_view take(uint64_t size, std::string_view what) {
    if (size > remaining()) fail_truncated(size, what);
    if (size > bytes_.size() - position_) throw WindowTooSmall{offset() + size};
    std::string_view taken = bytes_.substr(position_, size);
    position_ += size;
    return taken;
  }
  std::string_view peek(uint64_t size, std::string_view what) {
    std::string_view taken = take(size, what);
    position_ -= size;
    return taken;
  }

  uint8_t u8(std::string_view what) { return static_cast<uint8_t>(take(1, what)[0]); }
  uint16_t u16(std::string_view what) { return number<uint16_t>(what); }
  uint32_t u32(std::string_view what) { return number<uint32_t>(what); }
  uint64_t u64(std::string_view what) { return number<uint64_t>(what); }
  int32_t i32(std::string_view what) { return number<int32_t>(what); }
  double f64(std::string_view what) { return number<double>(what); }

  // A signed 32-bit length that must not be negative.
  uint32_t length(std::string_view what) {
    const uint64_t at = offset();
    const int32_t value = i32(what);
    if (value < 0)
      fail(ErrorKind::bad_length, std::string(what) + " is negative: " + std::to_string(value), at);
    return static_cast<uint32_t>(value);
  }
  // A signed 32-bit length and that many bytes.
  std::string_view counted(std::string_view what) { return take(length(what), what); }
  // Bytes up to a NUL, at most `limit` of them; the NUL is consumed.
  std::string_view c_string(uint64_t limit, std::string_view what);

  // A reader for exactly the next `size` bytes, which this one then has behind it.
  ByteReader sub(uint64_t size, std::string_view what) {
    const uint64_t at = offset();
    return ByteReader(take(size, what), at);
  }

  [[noreturn]] void fail(ErrorKind kind, std::string message, uint64_t at) const {
    throw Error(kind, std::move(message), {}, at);
  }

 private:
  template <typename T>
  T number(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
    return value;
  }
  [[noreturn]] void fail_truncated(uint64_t size, std::string_view what) const;

  std::string_view bytes_;
  uint64_t base_;
  uint64_t whole_size_;
  uint64_t position_ = 0;
};

}  // namespace jireloc::bytes
