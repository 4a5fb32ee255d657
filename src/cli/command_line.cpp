#include "cli/command_line.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cstdlib>

#include "cli/places.hpp"
#include "jireloc/error.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::cli {
namespace {

namespace po = boost::program_options;

[[noreturn]] void usage_error(std::string sentence) {
  throw Error(ErrorKind::usage, std::move(sentence));
}

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

// Boost gives an option with an optional argument the next word; here only "=" may tie the two.
constexpr std::string_view left_out = "=";

bool names_image_or_folder(const std::string& word) {
  struct stat status {};
  return word.ends_with(".ji") || word.ends_with(".ji.zst") ||
         (::stat(word.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
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

void parse(const std::vector<std::string>& words, const po::options_description& description,
           std::vector<std::string>& paths, std::map<std::string, std::vector<std::string>>& values) {
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
  } catch (const po::error& error) {
    usage_error(error.what());
  }
}

int available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

bool wants_color(std::string_view choice) {
  if (choice == "always") return true;
  if (choice == "never") return false;
  if (choice != "auto")
    usage_error(fmt::format("--color={}: the choices are auto, always and never", choice));
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == 0) && ::isatty(1) == 1;
}

Mount parse_mount(const std::string& text) {
  const PathMapping sides = PathMap::parse(text);
  if (!expand_home(sides.from).starts_with('/'))
    usage_error(fmt::format("--mount: SEEN is no absolute path: '{}'", text));
  return {expand_home(sides.from), absolute_path(expand_home(sides.to))};
}

std::vector<Mount> read_mounts(const CommandLine& line) {
  std::vector<Mount> mounts;
  for (const std::string& text : line.all("mount")) mounts.push_back(parse_mount(text));
  if (line.has("root")) mounts.push_back({"/", absolute_path(expand_home(line.get("root")))});
  return mounts;
}

}  // namespace

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

namespace {

void read_limit(const std::string& text, WorkLimits& limits) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string name = text.substr(0, equals), option = "--limit " + name;
  const std::string value = text.substr(std::min(equals + 1, text.size()));
  const uint64_t number =
      is_limit_in_bytes(name) ? parse_size(value, option) : parse_number(value, option, 0, UINT64_MAX);
  if (!set_limit(limits, name, number))
    usage_error(
        fmt::format("--limit: there is no '{}'; the limits are hashed, decompressed, expansion, "
                    "toml-nodes and seconds",
                    name));
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) usage_error(fmt::format("--shard: '{}' is not of the form K/N", text));
  Shard shard;
  shard.count = static_cast<uint32_t>(parse_number(text.substr(slash + 1), "--shard", 1, UINT32_MAX));
  shard.number = static_cast<uint32_t>(parse_number(text.substr(0, slash), "--shard", 1, shard.count));
  return shard;
}

CommandLine::CommandLine(const CommandSpec& command, const std::vector<std::string>& arguments)
    : spec(command), words(arguments) {
  std::vector<Option> known = shared_options(spec.shared);
  known.insert(known.end(), spec.options.begin(), spec.options.end());
  po::options_description description;
  for (const Option& option : known) describe(description, option);
  std::vector<std::string> tied = with_arguments_tied(arguments, known);
  const auto end = std::find(tied.begin(), tied.end(), "--");
  const std::vector<std::string> operands(end == tied.end() ? end : end + 1, tied.end());
  tied.erase(end, tied.end());
  for (const std::vector<std::string>& portion : portions_of(tied))
    parse(portion, description, common.paths, values_);
  common.paths.insert(common.paths.end(), operands.begin(), operands.end());
  for (const Option& option : known) {
    if (names_a_place(option) && has(option.name))
      for (std::string& value : values_[std::string(option.name)]) value = expand_home(value);
  }
  help = has("help");
  if (!help) read_common();
}

void CommandLine::read_common() {
  if (spec.arguments.empty() && !common.paths.empty()) {
    usage_error(fmt::format("'{}': {} takes no such argument", common.paths.front(), spec.name));
  }
  if (has("files-from")) common.files_from = get("files-from");
  common.null_separated = has("null");
  if (common.null_separated && !common.files_from) usage_error("--null goes with --files-from");
  if ((spec.shared & takes_inputs) != 0 && common.paths.empty() && !common.files_from &&
      !has("explain")) {  // a package says itself where its images are
    usage_error("no PATH given, and no --files-from");
  }
  if (has("jobs")) {
    common.jobs = common.most_jobs = static_cast<int>(parse_number(get("jobs"), "--jobs", 1, 1024));
  } else {
    constexpr int kAProcessor = 8, kEnough = 64;
    common.jobs = available_processors();
    common.most_jobs = std::max(common.jobs, std::min(kAProcessor * common.jobs, kEnough));
  }
  if (has("json")) {
    const std::string form = get("json");
    if (form != "" && form != "lines" && form != "array") {
      usage_error(fmt::format("--json={}: the choices are lines and array", form));
    }
    common.json = form == "array" ? JsonMode::array : JsonMode::lines;
  }
  if (has("depot")) {
    common.depot = get("depot");
  } else if (const char* depot = std::getenv("JULIA_DEPOT_PATH"); depot != nullptr && *depot != 0) {
    common.depot = depot;
  }
  if (has("project")) common.project = get("project");
  common.mounts = read_mounts(*this);
  if (has("max-size")) common.max_size = parse_size(get("max-size"), "--max-size");
  WorkLimits limits;
  for (const std::string& text : all("limit")) read_limit(text, limits);
  set_work_limits(limits);
  if (has("shard")) common.shard = parse_shard(get("shard"));
  common.dry_run = has("dry-run");
  common.color = wants_color(get("color", "auto"));
  common.quiet = has("quiet");
  common.verbose = has("verbose");
}

std::string CommandLine::get(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? std::string(otherwise) : found->second.back();
}

const std::vector<std::string>& CommandLine::all(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? none : found->second;
}

Durability parse_durability_option(std::string_view text) {
  const std::optional<Durability> durability = parse_durability(text);
  if (!durability) usage_error(fmt::format("--durability is full, batch or none, not '{}'", text));
  return *durability;
}

}  // namespace jireloc::cli
