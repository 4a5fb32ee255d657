// Reasons as they are printed: sentences for people, objects for machines, fixes as options of this program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json.hpp"
#include "jireloc/reason.hpp"

namespace jireloc::cli {

// The option that chooses it: "--experimental".
std::string_view option_for(Setting setting);
// What to do, in words and options; empty where nothing helps.
std::string spelled(const Fix& fix);
// The message with its offset, and what the caller could choose instead.
std::string sentence(const Reason& reason);
// OLD=NEW as `--map` takes it.
std::string map_argument(const fix::MapPaths& map);

// {"code":…,"message":…}, with "julia_code", "path", "offset", "mend" and "mend_text" where there are such.
void append_reason(JsonWriter& json, const Reason& reason);
void append_reasons(JsonWriter& json, std::string_view key, const std::vector<Reason>& reasons);

// All codes in Markdown, with Julia's own words. src/cli/CODES.md holds it.
std::string code_table();

}  // namespace jireloc::cli
