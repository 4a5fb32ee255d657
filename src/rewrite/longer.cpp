#include "jireloc/longer.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "jireloc/batch_rewrite.hpp"

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

bool may_grow(const RewriteOptions& options) {
  if (options.payload == PayloadMode::header_only || options.longer == Longer::alias ||
      options.longer == Longer::leave)
    return false;
  if (!options.infer_to.empty()) return true;
  const std::vector<PathMapping> mappings = options.map.mappings();
  return std::any_of(mappings.begin(), mappings.end(), [&](const PathMapping& mapping) {
    if (mapping.from.starts_with('@') || mapping.to.size() <= mapping.from.size()) return false;
    return std::none_of(options.aliases.begin(), options.aliases.end(),
                        [&](const PathMapping& alias) { return alias.from == mapping.to; });
  });
}

}  // namespace jireloc
