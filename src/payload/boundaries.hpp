// Where a path begins and ends inside of a longer text.
#pragma once

#include <string>
#include <string_view>

#include "jireloc/payload.hpp"

namespace jireloc::payload {

// As much of the text on either side of a path is looked at.
inline constexpr size_t kBoundaryContext = 64;

struct Boundary {
  Match certainty = Match::path;
  std::string why_not = {};  // a phrase, where it is not `path`
};

// Whether a path may begin behind `before`, which is what stands before it in its text (the last
// kBoundaryContext bytes are enough; empty: the path begins the text). It may after any byte that does not
// continue a name, after the slashes of "file://", and after a compiler's option (-I, -isystem, --sysroot) or
// the '@' of a file of arguments that begins a word. What could be either is `unclear`.
Boundary judge_begin(std::string_view before);

// The same for its end: `behind` stands behind its last component (the first kBoundaryContext bytes; empty:
// the text ends there).
Boundary judge_end(std::string_view behind);

}  // namespace jireloc::payload
