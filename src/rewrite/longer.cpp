#include "jireloc/longer.hpp"

#include "base/names.hpp"

namespace jireloc {
namespace {
constexpr Named<Longer> kNames[] = {{Longer::automatic, "auto"},
                                    {Longer::alias, "alias"},
                                    {Longer::grow, "grow"},
                                    {Longer::names, "names"},
                                    {Longer::leave, "leave"}};
}  // namespace

std::string_view name(Longer longer) noexcept {
  return name_in(kNames, longer);
}

std::optional<Longer> parse_longer(std::string_view text) noexcept {
  return value_in(kNames, text);
}

}  // namespace jireloc
