#include "jireloc/error.hpp"

#include <fmt/format.h>

#include <cstring>

namespace jireloc {

namespace {
std::string one_line(const Reason& reason) {
  std::string line;
  if (!reason.path.empty()) line += reason.path + ": ";
  if (reason.offset) line += fmt::format("offset {}: ", *reason.offset);
  return line + reason.message;
}
}  // namespace

Error::Error(Reason reason) : std::runtime_error(one_line(reason)), reason_(std::move(reason)) {}

Error::Error(ErrorKind kind, std::string message, std::string file, std::optional<uint64_t> offset, Fix fix)
    : Error(Reason{kind, std::move(message), std::move(file), std::move(fix), offset}) {}

Error::Error(ErrorKind kind, std::string message, std::string file, std::optional<uint64_t> offset)
    : Error(Reason{kind, std::move(message), std::move(file), {}, offset}) {}

Error::Error(const Error&) = default;
Error& Error::operator=(const Error&) = default;
Error::~Error() = default;

Reason Error::retold(std::string sentence) const {
  return {reason_.code, std::move(sentence), {}, reason_.fix};
}

Error Error::in_file(std::string file) const {
  Reason reason = reason_;
  if (reason.path.empty()) reason.path = std::move(file);
  Error named(std::move(reason));
  named.errno_ = errno_;
  return named;
}

Error Error::system(int saved_errno, std::string_view call, std::string file) {
  Error error(ErrorKind::io, fmt::format("{}: {}", call, std::strerror(saved_errno)), std::move(file));
  error.errno_ = saved_errno;
  return error;
}

}  // namespace jireloc
