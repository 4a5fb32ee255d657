#include "jireloc/error.hpp"

#include <fmt/format.h>

#include <cstring>

namespace jireloc {

std::string_view code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::io:
      return "io";
    case ErrorKind::not_a_cache_file:
      return "not_a_cache_file";
    case ErrorKind::empty_file:
      return "empty_file";
    case ErrorKind::truncated:
      return "truncated";
    case ErrorKind::bad_length:
      return "bad_length";
    case ErrorKind::bad_offset:
      return "bad_offset";
    case ErrorKind::bad_value:
      return "bad_value";
    case ErrorKind::foreign_byte_order:
      return "foreign_byte_order";
    case ErrorKind::unknown_format:
      return "unknown_format";
    case ErrorKind::no_layout_fits:
      return "no_layout_fits";
    case ErrorKind::bad_checksum:
      return "bad_checksum";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::interrupted:
      return "interrupted";
    case ErrorKind::usage:
      return "usage";
  }
  return "unknown";
}

namespace {
std::string one_line(const std::string& message, const std::string& file, std::optional<uint64_t> offset) {
  std::string line;
  if (!file.empty()) line += file + ": ";
  if (offset) line += fmt::format("offset {}: ", *offset);
  return line + message;
}
}  // namespace

Error::Error(ErrorKind kind, std::string message, std::string file, std::optional<uint64_t> offset)
    : std::runtime_error(one_line(message, file, offset)),
      kind_(kind),
      message_(std::move(message)),
      file_(std::move(file)),
      offset_(offset) {}

Error Error::in_file(std::string file) const {
  if (!file_.empty()) file = file_;
  Error named(kind_, message_, std::move(file), offset_);
  named.errno_ = errno_;
  return named;
}

Error Error::system(int saved_errno, std::string_view call, std::string file) {
  Error error(ErrorKind::io, fmt::format("{}: {}", call, std::strerror(saved_errno)), std::move(file));
  error.errno_ = saved_errno;
  return error;
}

}  // namespace jireloc
