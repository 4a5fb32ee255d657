// What an input may cost: a target that takes more memory or time a byte than this is a finding, as is a
// crash.
#pragma once

#include <string_view>

namespace jireloc::fuzz {

// Runs the target; dies, with a sentence on stderr, where it allocates more than 16 MiB and 8 KiB a byte of
// the input in all, or takes more processor time than a second and 200 microseconds a byte.
void run_within_cost(void (*target)(std::string_view), std::string_view input);

// The most bytes allocated for an input so far, less what any input may take, by byte of it.
double dearest_input() noexcept;

}  // namespace jireloc::fuzz
