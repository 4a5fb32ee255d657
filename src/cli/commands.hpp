// The list of subcommands. A new one: a file of its own that defines NAME_command, a declaration here, a line
// in commands.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/output.hpp"

namespace jireloc::cli {

struct Command {
  const CommandSpec* spec;
  // Errors it throws end the run: usage errors with 2, others with 3. Errors of one item must not.
  ExitStatus (*run)(const CommandLine& line, Output& out);
};

extern const Command inspect_command;
extern const Command scan_command;
extern const Command rewrite_command;
extern const Command relocate_command;
extern const Command prune_command;
extern const Command pack_command;
extern const Command unpack_command;
extern const Command check_command;
extern const Command diff_command;
extern const Command graph_command;
extern const Command report_command;

std::span<const Command* const> commands() noexcept;

// Null where there is none of that name.
const Command* find_command(std::string_view name) noexcept;

// The whole program behind main(): `arguments` without the program's name.
ExitStatus run_program(const std::vector<std::string>& arguments, Output& out);

}  // namespace jireloc::cli
