// What a run as a whole came to.
#pragma once

#include <initializer_list>

namespace jireloc::cli {

enum class ExitStatus {
  well = 0,
  findings = 1,  // stale, skipped, unproven, differs
  usage = 2,
  failed = 3,  // an item failed or was unreadable
};

// The worse of two: usage before failed before findings before well.
constexpr ExitStatus worse(ExitStatus a, ExitStatus b) noexcept {
  for (ExitStatus status : {ExitStatus::usage, ExitStatus::failed, ExitStatus::findings}) {
    if (a == status || b == status) return status;
  }
  return ExitStatus::well;
}

}  // namespace jireloc::cli
