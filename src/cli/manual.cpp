#include "cli/manual.hpp"

#include <fmt/format.h>

#include "cli/commands.hpp"

namespace jireloc::cli {
namespace {

std::string option_entry(const Option& option) {
  std::string names = option.letter != 0 ? fmt::format("\\fB\\-{}\\fR, ", option.letter) : "";
  names += fmt::format("\\fB\\-\\-{}\\fR", roff(option.name));
  if (option.argument.starts_with('[')) {
    names += "[=\\fI" + roff(option.argument.substr(1, option.argument.size() - 2)) + "\\fR]";
  } else if (!option.argument.empty()) {
    names += " \\fI" + roff(option.argument) + "\\fR";
  }
  return fmt::format(".TP\n{}\n{}\n", names, roff(option.help));
}

std::string command_section(const CommandSpec& spec) {
  std::string out = fmt::format(".SS \"jireloc {} [\\fIOPTION\\fR]... {}\"\n{}\n", spec.name,
                                roff(spec.arguments), roff(spec.description));
  for (const Option& option : spec.options) out += option_entry(option);
  for (const SharedOption& shared : shared_options(spec.shared)) out += option_entry(shared.option);
  if (spec.examples.empty()) return out;
  out += ".PP\nExamples:\n";
  for (const Example& example : spec.examples) {
    out += fmt::format(".PP\n.RS\n.nf\n{}\n.fi\n.RE\n{}\n", roff(example.command), roff(example.meaning));
  }
  return out;
}

}  // namespace

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
      out += c;
    }
  }
  return out;
}

std::string manual_page() {
  std::string out = fmt::format(
      ".TH JIRELOC 1 \"\" \"jireloc {}\" \"User Commands\"\n.SH NAME\njireloc \\- relocate Julia's "
      "precompiled cache files\n.SH SYNOPSIS\n\\fBjireloc\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
      "[\\fIARGUMENT\\fR]...\n.SH COMMANDS\n",
      JIRELOC_VERSION);
  for (const Command* command : commands()) out += command_section(*command->spec);
  return out +
         ".SH EXIT STATUS\n0 well, 1 findings, 2 wrong usage, 3 an item failed or was unreadable; 130 and "
         "143 after SIGINT and SIGTERM.\n.SH ENVIRONMENT\n\\fBJULIA_DEPOT_PATH\\fR: the depot path where "
         "\\-\\-depot is not given. \\fBNO_COLOR\\fR: no colour unless \\-\\-color=always.\n";
}

}  // namespace jireloc::cli
