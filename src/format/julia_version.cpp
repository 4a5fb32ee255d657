// Versions as Julia orders them (base/version.jl).
#include <charconv>
#include <utility>

#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"

namespace jireloc {

std::optional<JuliaVersion> JuliaVersion::find(std::string_view text) {
  JuliaVersion version;
  const char* at = text.data();
  const char* const end = at + text.size();
  int* const parts[] = {&version.major, &version.minor, &version.patch};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (at == end || *at != '.') break;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, *parts[i]);
    if (error != std::errc() || *parts[i] < 0) return std::nullopt;
    at = next;
  }
  const std::string_view rest(at, static_cast<size_t>(end - at));
  if (!rest.empty() && rest[0] != '-' && rest[0] != '+') return std::nullopt;
  if (rest.starts_with('-')) version.prerelease = std::string(rest.substr(1, rest.find('+') - 1));
  return version;
}

JuliaVersion JuliaVersion::parse(std::string_view text) {
  auto version = find(text);
  if (!version)
    throw Error(ErrorKind::bad_value, "not a Julia version: \"" + std::string(text.substr(0, 40)) + "\"");
  return *std::move(version);
}

bool JuliaVersion::is_dev() const noexcept {
  return prerelease == "DEV" || prerelease.starts_with("DEV.");
}

namespace {
// "rc10" after "rc2": the letters first, then the number behind them, as Julia splits identifiers
// (base/version.jl).
std::pair<std::string_view, long> split_identifier(std::string_view text) {
  const size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos) return {text, -1};
  long number = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), number);
  return {text.substr(0, digits), number};
}
}  // namespace

std::strong_ordering JuliaVersion::operator<=>(const JuliaVersion& other) const {
  if (auto order = major <=> other.major; order != 0) return order;
  if (auto order = minor <=> other.minor; order != 0) return order;
  if (auto order = patch <=> other.patch; order != 0) return order;
  if (prerelease.empty() != other.prerelease.empty())
    return prerelease.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  const auto mine = split_identifier(prerelease), theirs = split_identifier(other.prerelease);
  if (auto order = mine.first.compare(theirs.first) <=> 0; order != 0) return order;
  return mine.second <=> theirs.second;
}

bool JuliaVersion::operator==(const JuliaVersion& other) const {
  return (*this <=> other) == 0;
}

}  // namespace jireloc
