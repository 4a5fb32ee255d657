#include "rewrite/set_order.hpp"

#include <algorithm>

namespace jireloc::rewriting {

void OutsideNeeds::add(const std::string& path, const CacheFile& header) {
  for (const RequiredModule& module : header.required_modules)
    needed_.emplace(std::pair(module.build_id_hi, module.build_id_lo), path);
}

std::optional<std::string> OutsideNeeds::who_needs(const CacheFile& image) const {
  for (const WorklistModule& module : image.worklist) {
    const auto found = needed_.find({image.build_id_hi(), module.build_id});
    if (found != needed_.end()) return found->second;
  }
  return std::nullopt;
}

void SetOrder::add(const std::optional<CacheFile>& header) {
  Node& node = nodes_.emplace_back();
  if (!header) return;
  for (const RequiredModule& module : header->required_modules)
    node.needs.emplace_back(module.build_id_hi, module.build_id_lo);
  for (const WorklistModule& module : header->worklist)
    providers_.emplace(Build(header->build_id_hi(), module.build_id), nodes_.size() - 1);
}

std::vector<std::vector<size_t>> SetOrder::levels() const {
  std::vector<std::vector<size_t>> rests_on(nodes_.size()), dependents(nodes_.size());
  std::vector<size_t> open(nodes_.size(), 0), ready;
  for (size_t k = 0; k < nodes_.size(); ++k) {
    for (const Build& build : nodes_[k].needs) {
      const auto [first, last] = providers_.equal_range(build);
      for (auto provider = first; provider != last; ++provider)
        if (provider->second != k) rests_on[k].push_back(provider->second);
    }
    open[k] = rests_on[k].size();
    for (const size_t provider : rests_on[k]) dependents[provider].push_back(k);
    if (open[k] == 0) ready.push_back(k);
  }
  std::vector<std::vector<size_t>> levels;
  size_t placed = 0;
  while (!ready.empty()) {
    std::vector<size_t> next;
    for (const size_t image : ready)
      for (const size_t dependent : dependents[image])
        if (--open[dependent] == 0) next.push_back(dependent);
    std::sort(next.begin(), next.end());
    placed += ready.size();
    levels.push_back(std::move(ready));
    ready = std::move(next);
  }
  if (placed == nodes_.size()) return levels;
  std::vector<size_t>& rest = levels.emplace_back();
  for (size_t k = 0; k < nodes_.size(); ++k)
    if (open[k] != 0) rest.push_back(k);
  return levels;
}

}  // namespace jireloc::rewriting
