#include "cli/command_line.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "cli/places.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

bool names_image_or_folder(const std::string& word) {
  struct stat status {};
  return paths::is_image(word) || (::stat(word.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

// "~" is read here, for all options of all commands alike; in a pair of paths, where that is taken apart.
bool names_a_place(const Option& option) {
  constexpr std::string_view kPlaces[] = {"PATH", "DIR", "FILE", "DEPOT", "OLD", "NEW", "[FILE]"};
  return std::find(std::begin(kPlaces), std::end(kPlaces), option.argument) != std::end(kPlaces);
}

}  // namespace

void usage_error(std::string sentence) {
  throw Error(ErrorKind::usage, std::move(sentence));
}

uint64_t parse_number(std::string_view text, std::string_view option, uint64_t least, uint64_t most) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    usage_error(fmt::format("{}: '{}' is no number from {} to {}", option, text, least, most));
  }
  return value;
}

uint64_t parse_size(std::string_view text, std::string_view option) {
  uint64_t factor = 1;
  std::string_view digits = text;
  if (!text.empty()) {
    const char unit = text.back();
    factor = unit == 'K' ? 1ULL << 10 : unit == 'M' ? 1ULL << 20 : unit == 'G' ? 1ULL << 30 : 1;
    if (factor != 1) digits.remove_suffix(1);
  }
  return factor * parse_number(digits, option, 0, (1ULL << 62) / factor);
}

CommandLine::CommandLine(const CommandSpec& command, const std::vector<std::string>& arguments)
    : spec(command), common(common_defaults()), words(arguments) {
  for (const SharedOption& shared : shared_options(spec.shared)) known_.push_back(shared.option);
  known_.insert(known_.end(), spec.options.begin(), spec.options.end());
  const Word end = std::find(words.cbegin(), words.cend(), "--");
  for (Word word = words.cbegin(); word != end;) word = take_apart(word, end);
  if (end != words.cend()) common.paths.insert(common.paths.end(), end + 1, words.cend());
  help = has("help");
  if (!help) read_common();
}

// Null where there is none. Abbreviated options are refused: they would break scripts whenever an option is
// added.
const Option* CommandLine::option_of(std::string_view word) const noexcept {
  if (word.size() < 2 || word[0] != '-') return nullptr;
  const bool is_long = word[1] == '-';
  const std::string_view name = word.substr(2, word.find('=') - 2);
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const Option& option) {
    return is_long ? option.name == name : option.letter == word[1];
  });
  return found == known_.end() ? nullptr : &*found;
}

// Gives the first of the words that were not taken.
CommandLine::Word CommandLine::take_apart(Word at, Word end) {
  std::string word = *at++;
  if (word.size() < 2 || word[0] != '-') return common.paths.push_back(word), at;
  while (!word.empty()) {
    const Option* option = option_of(word);
    if (option == nullptr) usage_error(fmt::format("{} has no option '{}'", spec.name, word));
    const bool is_long = word[1] == '-';
    std::optional<std::string> value;
    if (const size_t equals = word.find('='); is_long && equals != word.npos) value = word.substr(equals + 1);
    if (!is_long && word.size() > 2) value = word.substr(2);
    word.clear();
    if (option->argument.empty()) {
      if (is_long && value) usage_error(fmt::format("--{} takes no value", option->name));
      if (value) word = "-" + *std::exchange(value, {});  // further letters
    } else if (!value && at != end && takes(*option, *at)) {
      value = *at++;
    } else if (!value && !option->argument.starts_with('[')) {
      usage_error(fmt::format("--{} needs a value: {}", option->name, option->argument));
    }
    const std::string text = value.value_or("");
    values_[std::string(option->name)].push_back(names_a_place(*option) ? expand_home(text) : text);
  }
  return at;
}

// Whether the next word is the option's argument.
bool CommandLine::takes(const Option& option, const std::string& next) const {
  if (!option.argument.starts_with('[')) return option_of(next) == nullptr;
  return option.takes_next && !next.empty() && !next.starts_with('-') && !names_image_or_folder(next);
}

void CommandLine::read_common() {
  for (const SharedOption& shared : shared_options(spec.shared))
    for (const std::string& text : all(shared.option.name)) shared.read(text, common);
  set_work_limits(common.limits);
  if (spec.arguments.empty() && !common.paths.empty())
    usage_error(fmt::format("'{}': {} takes no such argument", common.paths.front(), spec.name));
  if (common.null_separated && !common.files_from) usage_error("--null goes with --files-from");
  const bool names_package = takes("explain") && has("explain");  // it says itself where its images are
  if ((spec.shared & takes_inputs) != 0 && common.paths.empty() && !common.files_from && !names_package)
    usage_error("no PATH given, and no --files-from");
}

bool CommandLine::takes(std::string_view name) const noexcept {
  return std::any_of(known_.begin(), known_.end(), [&](const Option& option) { return option.name == name; });
}

std::string CommandLine::get(std::string_view name, std::string_view otherwise) const {
  const std::vector<std::string>& given = all(name);
  return given.empty() ? std::string(otherwise) : given.back();
}

const std::vector<std::string>& CommandLine::all(std::string_view name) const {
  static const std::vector<std::string> none;
  if (!takes(name)) throw std::logic_error(fmt::format("{} has no option --{}", spec.name, name));
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? none : found->second;
}

}  // namespace jireloc::cli
