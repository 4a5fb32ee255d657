// What is promised of files that have been written.
#pragma once

#include <optional>
#include <string_view>

namespace jireloc {

// What a power cut may cost. A killed process never leaves a torn file in any of them.
enum class Durability {
  full,   // each file is synced before its rename, and the folders after: nothing is lost or torn
  batch,  // one syncfs for many files before their renames: a file is whole, old or new, after a power cut
  none,   // the kernel writes when it likes: a file may be torn by a power cut
};

// "full", "batch", "none"; nothing for any other text.
std::optional<Durability> parse_durability(std::string_view text) noexcept;

}  // namespace jireloc
