#include "bytes/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace jireloc::bytes {

static_assert(std::endian::native == std::endian::little, "fields are read in host order");

std::string_view ByteReader::c_string(uint64_t limit, std::string_view what) {
  const std::string_view window = bytes_.substr(position_, limit + 1);
  const size_t nul = window.find('\0');
  if (nul == std::string_view::npos) {
    if (window.size() == limit + 1)
      fail(ErrorKind::bad_length, fmt::format("{} is longer than {} bytes", what, limit), offset());
    if (window.size() < remaining()) throw WindowTooSmall{offset() + std::min(limit + 1, remaining())};
    fail_truncated(window.size() + 1, what);
  }
  position_ += nul + 1;
  return window.substr(0, nul);
}

void ByteReader::fail_truncated(uint64_t size, std::string_view what) const {
  throw Error(ErrorKind::truncated, fmt::format("{}: {} bytes wanted, {} left", what, size, remaining()), {},
              offset());
}

}  // namespace jireloc::bytes
