#include "rewrite/set_order.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace jireloc::rewriting {

void OutsideNeeds::add(const std::string& path, const CacheFile& header) {
  for (const RequiredModule& module : header.required_modules)
    needed_.emplace(Build(module.build_id_hi, module.build_id_lo), path);
  for (const WorklistModule& module : header.worklist)
    provided_.emplace(header.build_id_hi(), module.build_id);
}

std::vector<std::string> OutsideNeeds::who_needs(const CacheFile& image) const {
  std::set<std::string> paths;
  for (const WorklistModule& module : image.worklist) {
    const Build build(image.build_id_hi(), module.build_id);
    if (provided_.contains(build)) continue;
    const auto [first, last] = needed_.equal_range(build);
    for (auto found = first; found != last; ++found) paths.insert(found->second);
  }
  return {paths.begin(), paths.end()};
}

std::string some_of(const std::vector<std::string>& paths) {
  constexpr size_t kMostNamed = 8;
  const size_t named = std::min(paths.size(), kMostNamed);
  const std::string text = fmt::format("{}", fmt::join(paths.begin(), paths.begin() + named, ", "));
  return named == paths.size() ? text : fmt::format("{} and {} more", text, paths.size() - named);
}

void SetOrder::add(const std::optional<CacheFile>& header) {
  Node& node = nodes_.emplace_back();
  if (!header) return;
  for (const RequiredModule& module : header->required_modules)
    node.needs.emplace_back(module.build_id_hi, module.build_id_lo);
  for (const WorklistModule& module : header->worklist)
    providers_.emplace(Build(header->build_id_hi(), module.build_id), nodes_.size() - 1);
}

std::vector<std::vector<size_t>> SetOrder::needs() const {
  std::vector<std::vector<size_t>> needs(nodes_.size());
  for (size_t k = 0; k < nodes_.size(); ++k) {
    for (const Build& build : nodes_[k].needs) {
      const auto [first, last] = providers_.equal_range(build);
      for (auto provider = first; provider != last; ++provider)
        if (provider->second != k) needs[k].push_back(provider->second);
    }
  }
  return needs;
}

}  // namespace jireloc::rewriting
