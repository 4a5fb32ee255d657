#include "cli/choices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/nearest.hpp"

namespace jireloc::cli {

std::vector<std::string_view> pieces_of(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  for (size_t end = 0; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
    words.push_back(text.substr(0, end));
  words.push_back(text);
  return words;
}

void check_choice(const Option& option, std::string_view argument) {
  if (option.choices.empty() || option.or_other) return;
  if (argument.empty() && option.argument.starts_with('[')) return;  // left out
  const auto choices = pieces_of(option.choices, ' ');
  const bool is_list = option.argument.find(',') != std::string_view::npos;
  for (const std::string_view word : is_list ? pieces_of(argument, ',') : std::vector{argument}) {
    const bool is_known = std::any_of(choices.begin(), choices.end(), [&](std::string_view choice) {
      return choice == word || (choice.ends_with('=') && word.starts_with(choice));
    });
    if (is_known) continue;
    const size_t equals = word.find('=');
    const std::string_view begin = equals == std::string_view::npos ? word : word.substr(0, equals + 1);
    usage_error(fmt::format("--{}: '{}' is none of {}{}", option.name, word, fmt::join(choices, ", "),
                            did_you_mean(begin, choices)));
  }
}

}  // namespace jireloc::cli
