// What is to become of a path in a payload whose new place is longer than the old one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jireloc {

enum class Longer : uint8_t {
  automatic,  // an alias that exists is used; else names grow; else constants grow too
  alias,      // only an alias
  grow,       // texts grow, an alias is not looked for
  names,      // only names grow: symbols, and strings that name a recorded source
  leave,      // nothing grows; an alias that was named is used
};
// "auto", "alias", "grow", "names", "leave".
std::string_view name(Longer longer) noexcept;
std::optional<Longer> parse_longer(std::string_view text) noexcept;

}  // namespace jireloc
