#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/commands.hpp"

namespace jireloc::cli {
namespace {

// A slip in each third letter, and never so many that the word could be any other.
size_t allowed_distance(std::string_view typed) {
  return std::clamp<size_t>(typed.size() / 3, 1, 3);
}

std::vector<std::string_view> option_names(const CommandSpec& spec) {
  std::vector<std::string_view> names;
  for (const Option& option : spec.options) names.push_back(option.name);
  for (const SharedOption& shared : shared_options(spec.shared)) names.push_back(shared.option.name);
  return names;
}

std::vector<std::string_view> commands_with(std::string_view option) {
  std::vector<std::string_view> found;
  for (const Command* command : commands()) {
    const auto names = option_names(*command->spec);
    if (std::find(names.begin(), names.end(), option) != names.end()) found.push_back(command->spec->name);
  }
  return found;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before, last, row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::move(last);
    last = row;
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j - 1] + (a[i - 1] != b[j - 1]), last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& words) {
  if (typed.empty()) return {};
  std::vector<std::string_view> begun;
  std::copy_if(words.begin(), words.end(), std::back_inserter(begun),
               [&](std::string_view word) { return word.starts_with(typed); });
  if (begun.size() == 1 && typed.size() > 1) return begun.front();
  std::string_view best;
  size_t least = allowed_distance(typed) + 1;
  for (const std::string_view word : words) {
    const size_t distance = edit_distance(typed, word);
    if (distance >= least) continue;
    best = word;
    least = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& words) {
  const std::string_view word = nearest(typed, words);
  return word.empty() ? "" : fmt::format("; did you mean '{}'?", word);
}

std::string unknown_option_sentence(const CommandSpec& spec, std::string_view typed) {
  typed = typed.substr(0, typed.find('='));
  const std::string sentence = fmt::format("{} has no option '{}'", spec.name, typed);
  if (!typed.starts_with("--")) return sentence;
  typed.remove_prefix(2);
  const auto others = commands_with(typed);
  if (!others.empty())
    return fmt::format("{}; {} {} it", sentence, fmt::join(others, ", "),
                       others.size() == 1 ? "has" : "have");
  const std::string_view word = nearest(typed, option_names(spec));
  return word.empty() ? sentence : fmt::format("{}; did you mean '--{}'?", sentence, word);
}

}  // namespace jireloc::cli
