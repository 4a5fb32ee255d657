// What can be read about beside the commands: pages of the rooms, as text and as man pages of section 7.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace jireloc::cli {

struct Topic {
  std::string_view name;     // as in `jireloc help NAME`, and jireloc-NAME(7)
  std::string_view summary;  // one line, no full stop
  std::string_view page;     // of the source tree
  std::string_view section;  // the heading below which it stands there; empty: the whole page
};

std::span<const Topic> topics() noexcept;
const Topic* find_topic(std::string_view name) noexcept;

// For reading, in lines of at most `width` columns where words allow it.
std::string topic_text(const Topic& topic, size_t width);
// jireloc-NAME(7) in roff.
std::string topic_manual(const Topic& topic);

}  // namespace jireloc::cli
