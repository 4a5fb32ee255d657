// What is fuzzed. Each target takes any bytes and returns; what it finds wrong, it dies of.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace jireloc::fuzz {

// The fuzz targets, one in a file targets/NAME.cpp.
#define JIRELOC_FUZZ_TARGETS(X) \
  X(parse)                      \
  X(round_trip)                 \
  X(relocate)                   \
  X(damage)                     \
  X(payload)                    \
  X(growth)                     \
  X(library)                    \
  X(clone_targets)              \
  X(solver)                     \
  X(environment)                \
  X(names)                      \
  X(tree)                       \
  X(bundle)

#define JIRELOC_DECLARE(target) void target(std::string_view data);
JIRELOC_FUZZ_TARGETS(JIRELOC_DECLARE)
#undef JIRELOC_DECLARE

// Dies, with the sentence on stderr, where a property does not hold.
inline void require(bool holds, const std::string& sentence) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", sentence.c_str());
  std::abort();
}

}  // namespace jireloc::fuzz
