// Options that several subcommands have beside those of Common: spelled once, and read once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "jireloc/durability.hpp"
#include "jireloc/longer.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::cli {

template <typename Value>
struct ValueOption {
  std::string_view name;
  char letter;
  std::string_view argument;
  Value (*parse)(const std::string& text);  // throws Error (usage)
  std::string_view choices = {};            // as of Option
  bool or_other = false;

  // For the table of a subcommand, which says what the option means there.
  constexpr Option row(std::string_view help) const {
    return {name, letter, argument, help, false, choices, or_other};
  }

  std::vector<Value> all(const CommandLine& line) const {
    std::vector<Value> values;
    for (const std::string& text : line.all(name)) values.push_back(parse(text));
    return values;
  }
  Value get(const CommandLine& line, Value otherwise) const {
    return line.has(name) ? parse(line.get(name)) : otherwise;
  }
};

PathMapping parse_map(const std::string& text);
PathMapping parse_moved_path(const std::string& text);
std::string parse_keep_path(const std::string& text);
std::string parse_payload_alias(const std::string& text);
std::string parse_alias_folder(const std::string& text);
// Of a word that is one of the option's choices: others do not get this far.
template <auto parse>
auto chosen(const std::string& word) {
  return parse(word).value();
}

// What is given is written into images: NEW must be absolute. "~" stands for the home on both sides.
inline constexpr ValueOption<PathMapping> map_option{"map", 'm', "OLD=NEW", parse_map};
inline constexpr ValueOption<PathMapping> moved_path_option{"moved-path", 0, "OLD=NEW", parse_moved_path};
inline constexpr ValueOption<std::string> keep_path_option{"keep-path", 0, "PATH", parse_keep_path};
// "auto", or an absolute path.
inline constexpr ValueOption<std::string> payload_alias_option{"payload-alias",     0,      "PATH",
                                                               parse_payload_alias, "auto", true};
inline constexpr ValueOption<std::string> alias_folder_option{"alias-dir", 0, "DIR", parse_alias_folder};
inline constexpr ValueOption<PayloadMode> payload_option{"payload", 0, "MODE", chosen<parse_payload_mode>,
                                                         "auto require header-only refuse-constants"};
inline constexpr ValueOption<Longer> longer_option{"longer", 0, "HOW", chosen<parse_longer>,
                                                   "auto alias grow names leave"};
inline constexpr ValueOption<Spelling> spelling_option{"spelling", 0, "HOW", chosen<parse_spelling>,
                                                       "exact stretched"};
inline constexpr ValueOption<Durability> durability_option{"durability", 0, "LEVEL", chosen<parse_durability>,
                                                           "full batch none"};

// Rows that are the same wherever they stand.
inline constexpr Option alias_folder_row =
    alias_folder_option.row("where --payload-alias=auto may make the link; default: /usr, /opt or /");
inline constexpr Option spelling_row = spelling_option.row(
    "names of files that get shorter: exact (default), or stretched with spare slashes to their old length");
inline constexpr Option keep_code_row = {
    "keep-code", 0, "",
    "let constants grow without dropping the code that may have folded their old length: at your own risk"};

// Whether --payload-alias=auto or --longer=alias asks for an alias to be made.
bool wants_alias_made(const CommandLine& line);

// --alias-dir; empty where it was not given. Throws Error (usage) where nothing would use it.
std::string read_alias_folder(const CommandLine& line);

// --keep-path and --moved-path, which are maps too: added to `map`.
void read_places(const CommandLine& line, PathMap& map, std::vector<std::string>& keep_paths,
                 std::vector<PathMapping>& moved_paths);

// What `rewrite` and `relocate` both say of how images are written, into the fields of their options.
template <typename Options>
void read_writing(const CommandLine& line, Options& options) {
  options.payload = payload_option.get(line, PayloadMode::automatic);
  options.longer = longer_option.get(line, Longer::automatic);
  options.spelling = spelling_option.get(line, Spelling::exact);
  options.keep_code = line.has("keep-code");
  options.experimental = line.has("experimental");
}

}  // namespace jireloc::cli
