#include "jireloc/longer.hpp"

namespace jireloc {

std::string_view name(Longer longer) noexcept {
  switch (longer) {
    case Longer::automatic:
      return "auto";
    case Longer::alias:
      return "alias";
    case Longer::grow:
      return "grow";
    case Longer::names:
      return "names";
    case Longer::leave:
      return "leave";
  }
  return "unknown";
}

std::optional<Longer> parse_longer(std::string_view text) noexcept {
  for (const Longer longer : {Longer::automatic, Longer::alias, Longer::grow, Longer::names, Longer::leave}) {
    if (name(longer) == text) return longer;
  }
  return {};
}

}  // namespace jireloc
