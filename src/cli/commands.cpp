#include "cli/commands.hpp"

#include <fmt/format.h>

#include "cli/help_pages.hpp"
#include "cli/nearest.hpp"
#include "cli/version.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

constexpr const Command* all_commands[] = {
    &inspect_command, &scan_command,  &rewrite_command, &relocate_command, &prune_command,  &pack_command,
    &unpack_command,  &check_command, &diff_command,    &graph_command,    &report_command,
};

[[noreturn]] void unknown_command(const std::string& name) {
  std::vector<std::string_view> names{"help"};
  for (const Command* command : all_commands) names.push_back(command->spec->name);
  usage_error(fmt::format("there is no command '{}'{}", name, did_you_mean(name, names)));
}

const Command& command_named(const std::string& name) {
  const Command* command = find_command(name);
  if (command == nullptr) unknown_command(name);
  return *command;
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
    out.write(version_page(rest));
  } else if (first == "--help" || first == "-h" || (first == "help" && rest.empty())) {
    out.write(overview());
  } else if (first == "help") {
    out.write(help_on(rest));
  } else if (first.starts_with('-')) {
    throw Error(ErrorKind::usage, fmt::format("options stand behind a command, unlike '{}'", first));
  } else {
    return run_command(command_named(first), rest, out);
  }
  return ExitStatus::well;
}

}  // namespace jireloc::cli
