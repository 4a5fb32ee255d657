#include "cli/command_line.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <stdexcept>

#include "cli/choices.hpp"
#include "cli/host.hpp"
#include "cli/nearest.hpp"
#include "cli/places.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

namespace po = boost::program_options;

void describe(po::options_description& description, const Option& option) {
  std::string names(option.name);
  if (option.letter != 0) names += fmt::format(",{}", option.letter);
  auto add = description.add_options();
  if (option.argument.empty()) {
    add(names.c_str(), "");
  } else {
    add(names.c_str(), po::value<std::string>());
  }
}

// Whether one of the words may give it: the others need not be described, of which each start would describe
// dozens.
bool may_be_given(const Option& option, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (!word.starts_with("--")) return option.letter != 0 && word.starts_with('-');
    return word.substr(2, word.find('=') - 2) == option.name;
  });
}

// Boost gives an option with an optional argument the next word; here only "=" may tie the two.
constexpr std::string_view left_out = "=";

bool names_image_or_folder(const std::string& word) {
  struct stat status {};
  return paths::is_image(word) || (::stat(word.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

std::vector<std::string> with_arguments_tied(const std::vector<std::string>& words,
                                             const std::vector<Option>& options) {
  std::vector<std::string> tied;
  for (size_t i = 0; i < words.size(); ++i) {
    tied.push_back(words[i]);
    if (words[i] == "--")
      return tied.insert(tied.end(), words.begin() + static_cast<ptrdiff_t>(i) + 1, words.end()), tied;
    for (const Option& option : options) {
      if (!option.argument.starts_with('[') || words[i] != "--" + std::string(option.name)) continue;
      const bool next = option.takes_next && i + 1 < words.size() && !words[i + 1].empty() &&
                        !words[i + 1].starts_with('-') && !names_image_or_folder(words[i + 1]);
      tied.back() += "=" + (next ? words[++i] : std::string(left_out));
      break;
    }
  }
  return tied;
}

// The words in portions that can be parsed one after the other, since Boost moves all words that are left for
// each that it takes; behind "--" there are no options. A portion never ends where the next word may be the
// argument of its last one.
constexpr size_t kPortion = 64;

std::vector<std::vector<std::string>> portions_of(const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> portions;
  bool may_end = true;
  for (const std::string& word : words) {
    if (portions.empty() || (may_end && portions.back().size() >= kPortion)) portions.emplace_back();
    portions.back().push_back(word);
    may_end = !word.starts_with('-') || word.find('=') != std::string::npos;
  }
  return portions;
}

// "~" is read here, for all options of all commands alike; in a pair of paths, where that is taken apart.
bool names_a_place(const Option& option) {
  constexpr std::string_view kPlaces[] = {"PATH", "DIR", "FILE", "DEPOT", "OLD", "NEW", "[FILE]"};
  return std::find(std::begin(kPlaces), std::end(kPlaces), option.argument) != std::end(kPlaces);
}

// Abbreviated options are refused: they would break scripts whenever an option is added.
constexpr int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;

void parse(const CommandSpec& spec, const std::vector<std::string>& words,
           const po::options_description& description, std::vector<std::string>& paths,
           std::map<std::string, std::vector<std::string>>& values) {
  try {
    const auto parsed = po::command_line_parser(words).options(description).style(style).run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0) {
        paths.insert(paths.end(), option.value.begin(), option.value.end());
      } else {
        const bool given = !option.value.empty() && option.value[0] != left_out;
        values[option.string_key].push_back(given ? option.value[0] : "");
      }
    }
  } catch (const po::unknown_option& error) {
    usage_error(unknown_option_sentence(spec, error.get_option_name()));
  } catch (const po::error& error) {
    usage_error(error.what());
  }
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
  std::vector<std::string> tied = with_arguments_tied(arguments, known_);
  const auto end = std::find(tied.begin(), tied.end(), "--");
  const std::vector<std::string> operands(end == tied.end() ? end : end + 1, tied.end());
  tied.erase(end, tied.end());
  po::options_description description;
  for (const Option& option : known_)
    if (may_be_given(option, tied)) describe(description, option);
  for (const std::vector<std::string>& portion : portions_of(tied))
    parse(spec, portion, description, common.paths, values_);
  common.paths.insert(common.paths.end(), operands.begin(), operands.end());
  for (const Option& option : known_) {
    if (names_a_place(option) && has(option.name))
      for (std::string& value : values_[std::string(option.name)]) value = expand_home(value);
  }
  help = has("help");
  if (help) return;
  for (const Option& option : known_)
    for (const std::string& argument : all(option.name)) check_choice(option, argument);
  read_common();
}

void CommandLine::read_common() {
  for (const SharedOption& shared : shared_options(spec.shared))
    for (const std::string& text : all(shared.option.name)) shared.read(text, common);
  if (has("limit")) refuse_in_host("--limit");
  if (current_host() == nullptr) set_work_limits(common.limits);
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
