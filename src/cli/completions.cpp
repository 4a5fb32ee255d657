#include "cli/completions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/help_pages.hpp"

namespace jireloc::cli {
namespace {

// What a shell can offer for a word that an option or a command takes.
enum class Offer { nothing, choices, files, folders, folder_list };

Offer offer_of(std::string_view argument) {
  constexpr std::string_view kFolders[] = {"DIR", "DEPOT", "OLD", "NEW"};
  constexpr std::string_view kFiles[] = {"PATH", "FILE", "IMAGE", "[FILE]", "PATH...", "A.ji B.ji"};
  const auto is_in = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), argument) != std::end(names);
  };
  if (is_in(kFolders)) return Offer::folders;
  if (is_in(kFiles)) return Offer::files;
  return argument == "A:B" ? Offer::folder_list : Offer::nothing;
}

Offer offer_of(const Option& option) {
  return option.choices.empty() ? offer_of(option.argument) : Offer::choices;
}

bool is_optional(const Option& option) {
  return option.argument.starts_with('[');
}

std::vector<Option> options_of(const CommandSpec& spec) {
  std::vector<Option> options(spec.options.begin(), spec.options.end());
  for (const SharedOption& shared : shared_options(spec.shared)) options.push_back(shared.option);
  return options;
}

// The first statement of a help text: the lists of the shells have one line each.
std::string_view short_help(std::string_view help) {
  return help.substr(0, std::min(help.find("; "), help.find(". ")));
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// ---- bash

std::string bash_offer(const CommandSpec& spec, const Option& option) {
  std::string generator;
  switch (offer_of(option)) {
    case Offer::nothing:
      return "";
    case Offer::choices:
      generator = fmt::format("-W \"{}\"", option.choices);
      break;
    case Offer::files:
      generator = "-f";
      break;
    case Offer::folders:
    case Offer::folder_list:
      generator = "-d";
      break;
  }
  const std::string key = fmt::format("{} --{}", spec.name, option.name);
  const std::string keys = is_optional(option) && !option.takes_next
                               ? fmt::format("\"{}=\"", key)
                               : fmt::format("\"{}\"|\"{}=\"", key, key);
  return fmt::format("    {}) COMPREPLY=($(compgen {} -- \"$current\")); return ;;\n", keys, generator);
}

std::string bash_words(const CommandSpec& spec) {
  std::string words;
  for (const Option& option : options_of(spec))
    words += fmt::format("{}--{}", words.empty() ? "" : " ", option.name);
  return words;
}

// ---- zsh

// In single quotes, for _arguments: brackets and colons mean something there.
std::string zsh_text(std::string_view text) {
  std::string out = escaped(text, "[]:\\");
  for (size_t at = 0; (at = out.find('\'', at)) != std::string::npos; at += 4) out.replace(at, 1, "'\\''");
  return out;
}

std::string zsh_action(std::string_view argument, std::string_view choices) {
  if (!choices.empty()) return fmt::format("({})", choices);
  switch (offer_of(argument)) {
    case Offer::files:
      return "_files";
    case Offer::folders:
      return "_files -/";
    case Offer::folder_list:
      return "_dir_list";
    default:
      return "";
  }
}

std::string zsh_option(const Option& option) {
  const std::string help = fmt::format("[{}]", zsh_text(short_help(option.help)));
  std::string value;
  if (!option.argument.empty())
    value = fmt::format("{}{}:{}", is_optional(option) ? "::" : ":", zsh_text(option.argument),
                        zsh_action(option.argument, option.choices));
  const std::string_view tie = option.argument.empty() ? "" : is_optional(option) ? "=-" : "=";
  std::string out = fmt::format(" \\\n      '*--{}{}{}{}'", option.name, tie, help, value);
  if (option.letter != 0)
    out += fmt::format(" \\\n      '*-{}{}{}{}'", option.letter, value.empty() ? "" : "+", help, value);
  return out;
}

std::string zsh_case(const CommandSpec& spec) {
  std::string out = fmt::format("    {})\n      _arguments -s -S", spec.name);
  for (const Option& option : options_of(spec)) out += zsh_option(option);
  if (!spec.arguments.empty())
    out += fmt::format(" \\\n      '*:{}:{}'", zsh_text(spec.arguments), zsh_action(spec.arguments, {}));
  return out + " ;;\n";
}

// ---- fish

std::string fish_text(std::string_view text) {
  return "'" + escaped(text, "'\\") + "'";
}

std::string fish_offer(Offer offer, std::string_view choices) {
  switch (offer) {
    case Offer::choices:
      return fmt::format(" -x -a {}", fish_text(choices));
    case Offer::files:
      return " -r -F";
    case Offer::folders:
    case Offer::folder_list:
      return " -x -a '(__fish_complete_directories)'";
    case Offer::nothing:
      break;
  }
  return " -x";
}

// Fish knows no optional argument: such an option is offered as a flag.
std::string fish_option(const CommandSpec& spec, const Option& option) {
  std::string out =
      fmt::format("complete -c jireloc -n '__jireloc_command {}' -l {}", spec.name, option.name);
  if (option.letter != 0) out += fmt::format(" -s {}", option.letter);
  if (!option.argument.empty() && !is_optional(option)) out += fish_offer(offer_of(option), option.choices);
  return out + fmt::format(" -d {}\n", fish_text(short_help(option.help)));
}

std::string fish_arguments(const CommandSpec& spec) {
  if (spec.arguments.empty()) return "";
  return fmt::format(
      "complete -c jireloc -n '__jireloc_command {}'{}\n", spec.name,
      offer_of(spec.arguments) == Offer::files ? " -F" : " -a '(__fish_complete_directories)'");
}

}  // namespace

std::string bash_completion() {
  std::string names, cases, offers;
  for (const Command* command : commands()) {
    names += fmt::format("{} ", command->spec->name);
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->spec->name, bash_words(*command->spec));
    for (const Option& option : options_of(*command->spec)) offers += bash_offer(*command->spec, option);
  }
  // "=" is a word of its own there.
  return fmt::format(
      "_jireloc() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\" before=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{}help --help --version\" -- \"$current\"))\n    return\n  fi\n"
      "  before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  if [ \"$current\" = \"=\" ]; then current=\"\" before=\"$before=\"\n"
      "  elif [ \"$before\" = \"=\" ]; then before=\"${{COMP_WORDS[COMP_CWORD-2]}}=\"\n  fi\n"
      "  case \"${{COMP_WORDS[1]}} $before\" in\n{}  esac\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n{}"
      "    help) words=\"{}\"; COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); return ;;\n  esac\n"
      "  case \"$current\" in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n  esac\n}}\n"
      "complete -o filenames -F _jireloc jireloc\n",
      names, offers, cases, fmt::format("{}", fmt::join(help_words(), " ")));
}

std::string zsh_completion() {
  std::string names, cases;
  for (const Command* command : commands()) {
    names += fmt::format("\n      '{}:{}'", command->spec->name, zsh_text(command->spec->summary));
    cases += zsh_case(*command->spec);
  }
  return fmt::format(
      "#compdef jireloc\n_jireloc() {{\n  if (( CURRENT == 2 )); then\n    local -a names\n    names=({}\n"
      "      'help:what the commands do, with all options' '--help:the commands' '--version:this "
      "version')\n"
      "    _describe -t commands 'jireloc command' names\n    return\n  fi\n"
      "  local curcontext=\"${{curcontext%:*}}-${{words[2]}}:\" name=\"${{words[2]}}\"\n"
      "  shift words\n  (( CURRENT-- ))\n  case \"$name\" in\n{}"
      "    help) compadd -- {} ;;\n  esac\n}}\n"
      "if [ \"${{funcstack[1]}}\" = _jireloc ]; then _jireloc \"$@\"; else compdef _jireloc jireloc; fi\n",
      names, cases, fmt::format("{}", fmt::join(help_words(), " ")));
}

std::string fish_completion() {
  std::string out =
      "function __jireloc_command\n  set -l words (commandline -opc)\n"
      "  test (count $words) -ge 2; and contains -- $words[2] $argv\nend\n"
      "function __jireloc_begins\n  test (count (commandline -opc)) -eq 1\nend\n"
      "complete -c jireloc -f\n";
  for (const Command* command : commands()) {
    out += fmt::format("complete -c jireloc -n __jireloc_begins -a {} -d {}\n", command->spec->name,
                       fish_text(command->spec->summary));
    for (const Option& option : options_of(*command->spec)) out += fish_option(*command->spec, option);
    out += fish_arguments(*command->spec);
  }
  return out +
         fmt::format(
             "complete -c jireloc -n __jireloc_begins -a help -d 'what the commands do, with all options'\n"
             "complete -c jireloc -n __jireloc_begins -l help -d 'the commands'\n"
             "complete -c jireloc -n __jireloc_begins -l version -d 'this version'\n"
             "complete -c jireloc -n '__jireloc_command help' -a {}\n",
             fish_text(fmt::format("{}", fmt::join(help_words(), " "))));
}

}  // namespace jireloc::cli
