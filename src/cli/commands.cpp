#include "cli/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/manual.hpp"
#include "cli/reasons.hpp"
#include "jireloc/error.hpp"
#include "jireloc/support.hpp"

namespace jireloc::cli {
namespace {

constexpr const Command* all_commands[] = {
    &inspect_command, &scan_command,  &rewrite_command, &relocate_command,
    &prune_command,   &check_command, &diff_command,
};

// How many letters must be changed, added or dropped to make one word of the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

[[noreturn]] void unknown_command(const std::string& name) {
  const Command* nearest = *std::min_element(commands().begin(), commands().end(), [&](auto* a, auto* b) {
    return edit_distance(name, a->spec->name) < edit_distance(name, b->spec->name);
  });
  std::string sentence = fmt::format("there is no command '{}'", name);
  if (edit_distance(name, nearest->spec->name) <= 3) {
    sentence += fmt::format("; did you mean '{}'?", nearest->spec->name);
  }
  throw Error(ErrorKind::usage, sentence);
}

const Command& command_named(const std::string& name) {
  const Command* command = find_command(name);
  if (command == nullptr) unknown_command(name);
  return *command;
}

std::string overview() {
  std::string out =
      "Usage: jireloc COMMAND [OPTION]... [ARGUMENT]...\n\n"
      "Looks into Julia's precompiled cache files and relocates them.\n\nCommands:\n";
  for (const Command* command : commands()) {
    out += fmt::format("  {:<12}{}\n", command->spec->name, command->spec->summary);
  }
  return out +
         "\njireloc help COMMAND   the options of a command, with examples\n"
         "jireloc help --man     this program's manual page; man -l shows it\n"
         "jireloc help --bash-completion\n"
         "                       completions; source <(jireloc help --bash-completion)\n"
         "jireloc help --support the Julia versions and formats that are supported, and how each was tried\n"
         "jireloc --version      the version of this program, and the first and last Julia that it knows\n";
}

ExitStatus run_command(const Command& command, const std::vector<std::string>& arguments, Output& out) {
  const CommandLine line(*command.spec, arguments);
  if (line.help) {
    out.write(help_text(*command.spec));
    return ExitStatus::well;
  }
  if (line.common.quiet) {
    Console::instance().forbid_progress();
    // What was asked for by an option of its own is no talk.
    if (line.common.json == JsonMode::none && !(line.takes("source") && line.has("source"))) out.mute();
  }
  return command.run(line, out);
}

}  // namespace

std::span<const Command* const> commands() noexcept {
  return all_commands;
}

const Command* find_command(std::string_view name) noexcept {
  for (const Command* command : all_commands) {
    if (command->spec->name == name) return command;
  }
  return nullptr;
}

ExitStatus run_program(const std::vector<std::string>& arguments, Output& out) {
  if (arguments.empty()) throw Error(ErrorKind::usage, "no command given");
  const std::string& first = arguments[0];
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (first == "--version" || first == "-V") {
    out.write(fmt::format("jireloc " JIRELOC_VERSION ": cache files of {}\n", supported_range()));
  } else if (first == "--help" || first == "-h" || (first == "help" && rest.empty())) {
    out.write(overview());
  } else if (first == "help" && rest[0] == "--man") {
    out.write(manual_page());
  } else if (first == "help" && rest[0] == "--bash-completion") {
    out.write(bash_completion());
  } else if (first == "help" && rest[0] == "--support") {
    out.write(support_table());
  } else if (first == "help" && rest[0] == "--codes") {
    out.write(code_table());
  } else if (first == "help") {
    out.write(help_text(*command_named(rest[0]).spec));
  } else if (first.starts_with('-')) {
    throw Error(ErrorKind::usage, fmt::format("options stand behind a command, unlike '{}'", first));
  } else {
    return run_command(command_named(first), rest, out);
  }
  return ExitStatus::well;
}

}  // namespace jireloc::cli
