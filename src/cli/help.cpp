// What people read about options: --help.
#include <fmt/format.h>

#include <utility>

#include "cli/command_line.hpp"
#include "cli/screen.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t page_width = 100;
constexpr size_t help_column = 26;

std::string heading(const Option& option) {
  std::string text = option.letter != 0 ? fmt::format("  -{}, --{}", option.letter, option.name)
                                        : fmt::format("      --{}", option.name);
  if (option.argument.empty()) return text;
  if (option.argument.front() == '[') return text + "[=" + std::string(option.argument.substr(1));
  return text + " " + std::string(option.argument);
}

void append_option(std::string& out, const Option& option) {
  std::string line = heading(option);
  if (line.size() + 2 > help_column) out += std::exchange(line, "") + "\n";
  line.resize(help_column, ' ');
  out += wrapped(std::move(line), option.help, help_column, page_width);
}

}  // namespace

std::string help_text(const CommandSpec& spec) {
  std::string out =
      fmt::format("Usage: jireloc {} [OPTION]...{}{}\n\n{}", spec.name, spec.arguments.empty() ? "" : " ",
                  spec.arguments, wrapped("", spec.description, 0, page_width));
  if (!spec.options.empty()) out += "\nOptions:\n";
  for (const Option& option : spec.options) append_option(out, option);
  out += "\nShared options:\n";
  for (const SharedOption& shared : shared_options(spec.shared)) append_option(out, shared.option);
  if (!spec.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : spec.examples) {
    out += fmt::format("  {}\n{}", example.command,
                       wrapped(std::string(6, ' '), example.meaning, 6, page_width));
  }
  out += "\nExit status: 0 well, 1 findings, 2 wrong usage, 3 an item failed or was unreadable.\n";
  return out;
}

}  // namespace jireloc::cli
