// The words that output and options use.
#include <catch2/catch.hpp>

#include "jireloc/payload.hpp"
#include "payload/sections.hpp"

using namespace jireloc;

namespace {

// The names of the values from 0 on, and of the one behind the last.
template <typename Kind>
std::string names_of(int count) {
  std::string names;
  for (int value = 0; value <= count; ++value) names += std::string(name(static_cast<Kind>(value))) + " | ";
  return names;
}

}  // namespace

TEST_CASE("Every value has its own name, and none that is not there") {
  CHECK(names_of<OccurrenceKind>(5) ==
        "source-location | recorded-source | path-constant | debug-info | unclassified | unknown | ");
  CHECK(names_of<Match>(3) == "path | unclear | other-path | unknown | ");
  CHECK(names_of<PayloadSummary>(5) ==
        "clean | source locations only | recorded sources | path constants | unknown | unknown | ");
  CHECK(names_of<PayloadMode>(4) == "auto | require | header-only | refuse-constants | unknown | ");
  CHECK(names_of<payload::SectionKind>(7) ==
        "sysdata | const data | symbols | relocations | gvars | fptrs | roots | unknown | ");
  CHECK(names_of<Verified>(3) == "corpus | container | structure | unknown | ");
}
