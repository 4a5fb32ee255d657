#include <algorithm>

#include "capi/objects.hpp"
#include "cli/reasons.hpp"

namespace {

using namespace jireloc;

// What is for people at a terminal; how results look is agreed.
constexpr std::string_view for_programs_alone[] = {"json", "color", "help", "quiet", "verbose"};

bool is_option_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), is_letter) &&
         std::find(std::begin(for_programs_alone), std::end(for_programs_alone), name) ==
             std::end(for_programs_alone);
}

int add(jireloc_options& options, std::string word) {
  options.words.push_back(std::move(word));
  return JIRELOC_WELL;
}

template <typename Change>
int unless_memory_ends(const Change& change) {
  try {
    return change();
  } catch (...) {
    return JIRELOC_FAILED;
  }
}

}  // namespace

jireloc_options* jireloc_options_new() {
  return new (std::nothrow) jireloc_options;
}

int jireloc_options_set(jireloc_options* options, const char* name, const char* value) {
  if (options == nullptr || name == nullptr || !is_option_name(name)) return JIRELOC_USAGE;
  return unless_memory_ends([&] {
    std::string word = "--" + std::string(name);
    if (value != nullptr) word += "=" + std::string(value);
    return add(*options, std::move(word));
  });
}

int jireloc_options_map(jireloc_options* options, const char* from, const char* to) {
  if (options == nullptr || from == nullptr || to == nullptr) return JIRELOC_USAGE;
  return unless_memory_ends([&] {
    return add(*options, std::string("--").append("map=").append(cli::map_argument({from, to})));
  });
}

int jireloc_options_on_progress(jireloc_options* options, jireloc_progress_function function, void* user) {
  if (options == nullptr) return JIRELOC_USAGE;
  options->progress = function;
  options->user = user;
  return JIRELOC_WELL;
}

int jireloc_options_cancel_with(jireloc_options* options, jireloc_cancel* cancel) {
  if (options == nullptr) return JIRELOC_USAGE;
  options->cancel = cancel;
  return JIRELOC_WELL;
}

void jireloc_options_free(jireloc_options* options) {
  delete options;
}
