// What an error says of the thing that was looked at, if anything.
#pragma once

#include "jireloc/error.hpp"

namespace jireloc {

// Whether an error of that kind speaks of the bytes that were looked at: they are damaged, or not what they
// should be. Not so where a call failed, a limit was met, a signal came, or the format is newer than this
// program: that is neither for nor against, and nothing may be removed, dropped or called stale for it.
constexpr bool is_disproof(ErrorKind kind) noexcept {
  return kind != ErrorKind::io && kind != ErrorKind::too_large && kind != ErrorKind::interrupted &&
         kind != ErrorKind::unknown_format && kind != ErrorKind::usage;
}

}  // namespace jireloc
