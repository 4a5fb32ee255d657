// `inspect --source=FILE`: one stored source text.
#pragma once

#include <optional>
#include <string>

#include "cli/inspection.hpp"
#include "cli/json.hpp"

namespace jireloc::cli {

// The text whose recorded or resolved name is `name`, or else the only one whose name ends in it after a
// slash: its bytes, or one JSON object. Nothing where the image has none. Throws Error (usage) where several
// end so.
std::optional<std::string> source_output(const Inspection& inspection, std::string_view name, JsonMode json);

}  // namespace jireloc::cli
