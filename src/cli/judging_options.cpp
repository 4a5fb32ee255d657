#include "cli/judging_options.hpp"

#include <fmt/format.h>

#include "cli/commands.hpp"

namespace jireloc::cli {
namespace {

void append(std::vector<std::string>& words, const CommandLine& line, const Option& option) {
  if (!line.takes(option.name)) return;
  for (const std::string& value : line.all(option.name))
    words.push_back(value.empty() ? fmt::format("--{}", option.name)
                                  : fmt::format("--{}={}", option.name, value));
}

}  // namespace

CommandLine as_check(const CommandLine& line) {
  const CommandSpec& check = *check_command.spec;
  std::vector<std::string> words;
  for (const Option& option : check.options) append(words, line, option);
  for (const SharedOption& shared : shared_options(check.shared)) append(words, line, shared.option);
  words.emplace_back("--");
  words.insert(words.end(), line.common.paths.begin(), line.common.paths.end());
  return CommandLine(check, words);
}

}  // namespace jireloc::cli
