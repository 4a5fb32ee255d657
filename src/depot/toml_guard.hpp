// Keeps hostile TOML away from a parser that recurses and that does not expect every text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jireloc {

// Throws Error (too_large) if `text` nests brackets deeper than 32 levels, has keys of more than 64 dotted
// parts or more than `most_nodes` values and tables, counted by the signs that make them, (bad_value) if
// letters other than ASCII stand outside of strings and comments, which no TOML has and for some of which
// toml++ 3.3 has undefined behaviour. Strings and comments are skipped as TOML delimits them; whether the
// text is TOML at all is for the parser to say.
void guard_toml(std::string_view text, const std::string& name, uint64_t most_nodes);

}  // namespace jireloc
