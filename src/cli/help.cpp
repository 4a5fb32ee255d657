// What people read about options: --help.
#include <fmt/format.h>

#include "cli/command_line.hpp"

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

std::string help_text(const CommandSpec& spec) {
  std::string out = fmt::format("Usage: jireloc {} [OPTION]...{}{}\n\n{}\n", spec.name,
                                spec.arguments.empty() ? "" : " ", spec.arguments, wrap(spec.description, 0));
  if (!spec.options.empty()) out += "\nOptions:\n";
  for (const Option& option : spec.options) append_option(out, option);
  out += "\nShared options:\n";
  for (const SharedOption& shared : shared_options(spec.shared)) append_option(out, shared.option);
  if (!spec.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : spec.examples) {
    out += fmt::format("  {}\n      {}\n", example.command, wrap(example.meaning, 6));
  }
  out += "\nExit status: 0 well, 1 findings, 2 wrong usage, 3 an item failed or was unreadable.\n";
  return out;
}

}  // namespace jireloc::cli
