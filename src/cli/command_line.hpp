// Subcommands and their options as data: parsing, --help, the manual page and completions all read the same
// tables.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/json.hpp"
#include "cli/packed_rows.hpp"
#include "jireloc/mount_view.hpp"
#include "jireloc/shard.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::cli {

struct Option {
  std::string_view name;  // long name without dashes
  char letter;            // 0 where there is none
  std::string_view
      argument;  // empty: a flag; "[X]": an optional one, given as --name=X; else how help names it
  std::string_view help;
  // An optional argument may also be the next word, unless that ends in .ji or .ji.zst, names a folder or
  // begins with a dash.
  bool takes_next = false;
  // The words that the argument may be, with spaces between them: completions offer them, and any other is
  // refused. One that ends in "=" begins the argument. Where the argument has a comma in its name, it is a
  // list of them.
  std::string_view choices = {};
  bool or_other = false;  // the argument may be something else than the choices, too

  static constexpr void fields(auto& option, auto visit) {
    visit(option.name), visit(option.letter), visit(option.argument), visit(option.help);
    visit(option.takes_next), visit(option.choices), visit(option.or_other);
  }
  bool operator==(const Option&) const = default;
};

struct Example {
  std::string_view command;  // as typed, beginning with "jireloc"
  std::string_view meaning;

  static constexpr void fields(auto& example, auto visit) { visit(example.command), visit(example.meaning); }
  bool operator==(const Example&) const = default;
};

// Which of the options shared by several subcommands one of them takes.
enum Shared : unsigned {
  takes_inputs = 1,  // PATH... with -j, --files-from, --null
  takes_json = 2,
  takes_depot = 4,
  takes_project = 8,
  takes_root = 16,
  takes_max_size = 32,
  takes_shard = 64,
  takes_dry_run = 128,
  takes_jobs = 256,  // where -j makes sense without PATH...
};

struct CommandSpec {
  std::string_view name;
  std::string_view summary;      // one line, no full stop
  std::string_view arguments;    // "PATH...", or empty where there are none
  std::string_view description;  // a few sentences for --help
  unsigned shared;               // Shared flags
  PackedRows<Option> options;
  PackedRows<Example> examples;
};

// The values of the shared options.
struct Common {
  std::vector<std::string> paths;         // positional arguments
  std::optional<std::string> files_from;  // "-" is standard input
  bool null_separated = false;
  int jobs = 1;       // default: the processors this process may use
  int most_jobs = 1;  // while they wait for files; more than `jobs` where no --jobs was given
  JsonMode json = JsonMode::none;
  std::optional<std::string> depot;  // --depot, else JULIA_DEPOT_PATH where set; empty elements not expanded
  std::optional<std::string> project;
  std::vector<Mount> mounts;    // of --mount and --root: where what Julia sees lies here
  uint64_t max_size = 1 << 30;  // bytes of a decompressed image
  Shard shard;
  WorkLimits limits;
  bool dry_run = false;
  bool color = false;  // decided: --color, NO_COLOR and whether standard output is a terminal
  bool quiet = false, verbose = false;
};

// The arguments of one subcommand, parsed.
class CommandLine {
 public:
  // Throws Error (usage) on unknown options, missing or malformed arguments. `arguments` begin after the
  // subcommand's name.
  CommandLine(const CommandSpec& spec, const std::vector<std::string>& arguments);

  const CommandSpec& spec;
  Common common;
  std::vector<std::string> words;  // as they were given
  bool help = false;               // --help was given: nothing else was checked

  // Whether the subcommand has such an option. To ask the functions below for one that it has not is an error
  // of the program: std::logic_error.
  bool takes(std::string_view name) const noexcept;
  bool has(std::string_view name) const { return !all(name).empty(); }
  // The last one given; `otherwise` where there is none. An optional argument that was left out is empty.
  std::string get(std::string_view name, std::string_view otherwise = {}) const;
  const std::vector<std::string>& all(std::string_view name) const;

 private:
  void read_common();
  std::vector<Option> known_;
  std::map<std::string, std::vector<std::string>> values_;
};

// An option that several subcommands have, and the field that it fills.
struct SharedOption {
  unsigned group;  // 0: every subcommand has it
  Option option;
  void (*read)(const std::string& text, Common& common);  // throws Error (usage)
};

// Those of a subcommand, in the order of its help.
std::vector<SharedOption> shared_options(unsigned shared);
// What holds where an option is not given.
Common common_defaults();

// What --help prints.
std::string help_text(const CommandSpec& spec);

[[noreturn]] void usage_error(std::string sentence);  // throws Error (usage)

// Throw Error (usage), naming `option`.
uint64_t parse_size(std::string_view text,
                    std::string_view option);  // "10", "64K", "2M", "1G": powers of 1024
uint64_t parse_number(std::string_view text, std::string_view option, uint64_t least, uint64_t most);

}  // namespace jireloc::cli
