#include "cli/choices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/nearest.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {

void check_choice(const Option& option, std::string_view argument) {
  if (option.choices.empty() || option.or_other) return;
  if (argument.empty() && option.argument.starts_with('[')) return;  // left out
  const auto choices = paths::split(option.choices, ' ');
  const bool is_list = option.argument.find(',') != std::string_view::npos;
  for (const std::string_view word : is_list ? paths::split(argument, ',') : std::vector{argument}) {
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
