// What `jireloc help` prints beside the help of a command: pages made from the tables of the program.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::cli {

struct HelpPage {
  std::string_view option;  // "--man"
  std::string_view meaning;
  std::string (*text)();
};

std::span<const HelpPage> help_pages() noexcept;

// What may stand behind `jireloc help`.
std::vector<std::string_view> help_words();
// What `jireloc help` alone prints.
std::string overview();
// What `jireloc help WORD...` prints: of a command, a topic (see topics.hpp) or a page; "--man TOPIC" is that
// topic's manual page. Throws Error (usage).
std::string help_on(const std::vector<std::string>& words);

}  // namespace jireloc::cli
