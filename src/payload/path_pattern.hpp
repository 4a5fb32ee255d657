// Old and new paths as patterns: how a path may be spelled, and how a new one is stretched to a given length.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/paths.hpp"

namespace jireloc::payload {

// Several separators as one, none at the end. Throws Error (usage) unless the path is absolute and has at
// least one component. `what` names it in the message.
std::string normalise(std::string_view path, std::string_view what);
// The same without any refusal, for comparing.
std::string collapse_separators(std::string_view path);

using paths::is_windows_path;

// A path as it may stand in a text: its components with runs of separators between them.
class PathPattern {
 public:
  // `path` must be normalised.
  explicit PathPattern(std::string path);

  const std::string& path() const noexcept { return path_; }
  // What is searched for: the last component.
  const std::string& needle() const noexcept { return components_.back(); }
  bool is_one_component() const noexcept { return components_.size() == 1; }
  bool is_separator(char byte) const noexcept { return paths::is_separator(byte, windows_); }

  // Where a spelling of the path begins whose last component stands at `at` in `bytes`; nothing if none ends
  // there. A path of a single component takes the whole run of separators before it.
  std::optional<size_t> begin_of_match(std::string_view bytes, size_t at) const;

 private:
  std::string path_;
  bool windows_;
  bool begins_with_separator_;
  std::vector<std::string> components_;
};

// A normalised path in exactly `size` bytes. `inside`: more text follows, so that the result must end in at
// least one `separator`, and the spare ones stand there; otherwise they stand before the last component,
// since Julia's basename of a path with trailing separators is empty. Nothing if it does not fit.
std::optional<std::string> spell(std::string_view path, size_t size, bool inside, char separator);

}  // namespace jireloc::payload
