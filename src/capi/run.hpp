// A command of the program, run in this process.
#pragma once

#include <string>
#include <vector>

#include "capi/objects.hpp"

namespace jireloc::capi {

// `words`: the command, its own options; those of `options`, which may be null, come behind; then the
// operands. Throws only where nothing could be begun; all else is in the result.
jireloc_result* run_command(std::vector<std::string> words, const jireloc_options* options,
                            const std::vector<std::string>& operands);

}  // namespace jireloc::capi
