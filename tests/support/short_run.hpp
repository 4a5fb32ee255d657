// What a short run under ASan leaves to the other build.
#pragma once

#include <cstdlib>

namespace jireloc::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kUnderAsan = true;
#else
inline constexpr bool kUnderAsan = false;
#endif

inline bool is_long_run() {
  return std::getenv("JIRELOC_LONG") != nullptr;
}

// What to take of a number or a step: `reduced` under ASan, unless JIRELOC_LONG asks for all.
template <typename Number>
Number under_asan(Number reduced, Number full) {
  return kUnderAsan && !is_long_run() ? reduced : full;
}

}  // namespace jireloc::test
