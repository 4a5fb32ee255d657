// What people read about options: --help.
#include <fmt/format.h>

#include "cli/command_line.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t page_width = 100;
constexpr size_t help_column = 26;

struct SharedOption {
  unsigned group;  // 0: every subcommand has it
  Option option;
};

constexpr SharedOption table[] = {
    {takes_inputs,
     {"files-from", 0, "FILE", "work on the names in FILE too, one a line; - is standard input"}},
    {takes_inputs, {"null", '0', "", "the names in --files-from end with a NUL byte instead of a newline"}},
    {takes_inputs | takes_jobs,
     {"jobs", 'j', "N",
      "threads; default: the processors this process may use, and up to 8 times as many while files are slow "
      "to come"}},
    {takes_json, {"json", 0, "[array]", "one JSON object a line for each item; =array: one document"}},
    {takes_depot,
     {"depot", 0, "A:B",
      "the depot path, in the form of JULIA_DEPOT_PATH; default: that variable, where it is set"}},
    {takes_project,
     {"project", 0, "A:B",
      "the environment: a folder with Project.toml and Manifest.toml; or several, in the form of "
      "JULIA_LOAD_PATH (.:@v#.#:@stdlib)"}},
    {takes_root,
     {"mount", 0, "SEEN=HERE",
      "what Julia sees below SEEN lies below HERE; may be repeated, the longest SEEN counts. All other paths "
      "are as Julia sees them"}},
    {takes_root, {"root", 0, "DIR", "the same as --mount /=DIR: the root of a container, or a DESTDIR"}},
    {takes_max_size,
     {"max-size", 0, "SIZE", "refuse a .ji.zst larger than this when decompressed; default 1G (also K, M)"}},
    {takes_shard,
     {"shard", 0, "K/N", "do only the K-th of N parts, split by package, so that N runs do everything once"}},
    {takes_dry_run, {"dry-run", 0, "", "say what would be done, and change nothing"}},
    {0,
     {"limit", 0, "NAME=VALUE",
      "what one item (an image or a package) may cost before it is given up as too_large, and the next one "
      "taken; may be given several times: hashed=64G, decompressed=4G (bytes), expansion=200 (bytes that "
      "come "
      "of each compressed one), toml-nodes=100000 (of a project file), seconds=600 (of processor time)"}},
    {0, {"color", 0, "WHEN", "colour in text: auto (the default), always or never"}},
    {0, {"quiet", 'q', "", "say nothing but errors, and what --json asks for"}},
    {0, {"verbose", 'v', "", "say more"}},
    {0, {"help", 'h', "", "print this help"}},
};

std::string heading(const Option& option) {
  std::string text = option.letter != 0 ? fmt::format("  -{}, --{}", option.letter, option.name)
                                        : fmt::format("      --{}", option.name);
  if (option.argument.empty()) return text;
  if (option.argument.front() == '[') return text + "[=" + std::string(option.argument.substr(1));
  return text + " " + std::string(option.argument);
}

// Words of `text` in lines of page_width, each after the first indented.
std::string wrap(std::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    const size_t length = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + length > page_width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, length);
    column += length;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return out;
}

void append_option(std::string& out, const Option& option) {
  std::string line = heading(option);
  if (line.size() + 2 > help_column) {
    line += "\n" + std::string(help_column, ' ');
  } else {
    line.resize(help_column, ' ');
  }
  out += line + wrap(option.help, help_column) + "\n";
}

}  // namespace

std::vector<Option> shared_options(unsigned shared) {
  std::vector<Option> options;
  for (const SharedOption& entry : table) {
    if (entry.group == 0 || (entry.group & shared) != 0) options.push_back(entry.option);
  }
  return options;
}

std::string help_text(const CommandSpec& spec) {
  std::string out = fmt::format("Usage: jireloc {} [OPTION]...{}{}\n\n{}\n", spec.name,
                                spec.arguments.empty() ? "" : " ", spec.arguments, wrap(spec.description, 0));
  if (!spec.options.empty()) out += "\nOptions:\n";
  for (const Option& option : spec.options) append_option(out, option);
  out += "\nShared options:\n";
  for (const Option& option : shared_options(spec.shared)) append_option(out, option);
  if (!spec.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : spec.examples) {
    out += fmt::format("  {}\n      {}\n", example.command, wrap(example.meaning, 6));
  }
  out += "\nExit status: 0 well, 1 findings, 2 wrong usage, 3 an item failed or was unreadable.\n";
  return out;
}

}  // namespace jireloc::cli
