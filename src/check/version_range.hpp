// Bounds of Julia versions for tables of rules and data.
#pragma once

#include "base/inline_text.hpp"
#include "jireloc/layout.hpp"

namespace jireloc::check {

// From and to a version, both as text; empty: no bound. Development builds count as the end of their cycle,
// so a bound that a cycle brought is written "X.Y.0-DEV".
struct VersionRange {
  InlineText<13> since, before;
  bool contains(const JuliaVersion& version) const;
};

}  // namespace jireloc::check
