#include "cli/help_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/completions.hpp"
#include "cli/manual.hpp"
#include "cli/nearest.hpp"
#include "cli/reasons.hpp"
#include "cli/screen.hpp"
#include "cli/topics.hpp"
#include "jireloc/support.hpp"

namespace jireloc::cli {
namespace {

constexpr HelpPage pages[] = {
    {"--man", "this program's manual page; man -l shows it", manual_page},
    {"--bash-completion", "completions; source <(jireloc help --bash-completion)", bash_completion},
    {"--zsh-completion", "the same for zsh: a file _jireloc in a folder of fpath", zsh_completion},
    {"--fish-completion", "the same for fish; jireloc help --fish-completion | source", fish_completion},
    {"--support", "the Julia versions and formats that are supported, and how each was tried", support_table},
    {"--codes", "the codes of reasons, in Markdown", code_table},
};

std::vector<std::string_view> topic_names() {
  std::vector<std::string_view> names;
  for (const Topic& topic : topics()) names.push_back(topic.name);
  return names;
}

}  // namespace

std::span<const HelpPage> help_pages() noexcept {
  return pages;
}

std::vector<std::string_view> help_words() {
  std::vector<std::string_view> words = topic_names();
  for (const Command* command : commands()) words.push_back(command->spec->name);
  for (const HelpPage& page : pages) words.push_back(page.option);
  return words;
}

std::string overview() {
  std::string out =
      "Usage: jireloc COMMAND [OPTION]... [ARGUMENT]...\n\n"
      "Looks into Julia's precompiled cache files and relocates them.\n\nCommands:\n";
  for (const Command* command : commands())
    out += fmt::format("  {:<13}{}\n", command->spec->name, command->spec->summary);
  out += "\nTopics:\n";
  for (const Topic& topic : topics()) out += fmt::format("  {:<13}{}\n", topic.name, topic.summary);
  out +=
      "\njireloc help COMMAND   the options of a command, with examples\n"
      "jireloc help TOPIC     about something; with --man before TOPIC as a manual page\n";
  for (const HelpPage& page : pages) {
    const std::string typed = fmt::format("jireloc help {}", page.option);
    out += fmt::format("{:<23}{}{}\n", typed, typed.size() < 23 ? "" : "\n" + std::string(23, ' '),
                       page.meaning);
  }
  return out +
         "jireloc --version      the version of this program, the Julias that it knows, how it was built; "
         "also --json\n";
}

std::string help_on(const std::vector<std::string>& given) {
  const std::string& word = given.at(0);
  if (word == "--man" && given.size() > 1) {
    if (const Topic* topic = find_topic(given[1])) return topic_manual(*topic);
    usage_error(fmt::format("there is no topic '{}'{}", given[1], did_you_mean(given[1], topic_names())));
  }
  for (const HelpPage& page : pages)
    if (page.option == word) return page.text();
  if (const Command* command = find_command(word)) return help_text(*command->spec);
  if (const Topic* topic = find_topic(word)) return topic_text(*topic, std::min<size_t>(screen().width, 100));
  usage_error(fmt::format("there is no command or topic '{}'{}", word, did_you_mean(word, help_words())));
}

}  // namespace jireloc::cli
