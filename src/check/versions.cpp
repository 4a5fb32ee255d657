#include <fmt/format.h>

#include <cmath>

#include "check/subject.hpp"

namespace jireloc::check {

bool VersionRange::contains(const JuliaVersion& version) const {
  return (since.empty() || version >= JuliaVersion::parse(since)) &&
         (before.empty() || version < JuliaVersion::parse(before));
}

std::string seconds(double value) {
  std::string text = fmt::format("{}", value);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace jireloc::check
