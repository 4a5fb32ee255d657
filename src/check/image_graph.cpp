#include "check/image_graph.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/unique.hpp"
#include "jireloc/layout.hpp"

namespace jireloc {

bool ModuleTable::Less::operator()(const RequiredModule* a, const RequiredModule* b) const {
  return std::tie(a->build_id_lo, a->build_id_hi, a->uuid, a->name) <
         std::tie(b->build_id_lo, b->build_id_hi, b->uuid, b->name);
}

std::string build_text(const RequiredModule& module) {
  return module.build_id_hi == 0 ? hex64(module.build_id_lo)
                                 : hex64(module.build_id_hi) + hex64(module.build_id_lo);
}

std::vector<RequiredModule> provided_by(const CacheFile& header) {
  const uint64_t hi = header.layout->wide_build_ids ? header.build_id_hi() : 0;
  std::vector<RequiredModule> modules;
  for (const WorklistModule& module : header.worklist)
    modules.push_back({module.name, module.uuid, hi, module.build_id});
  return modules;
}

uint32_t ModuleTable::number_of(const RequiredModule& module) {
  if (const auto known = find(module)) return *known;
  modules_.push_back(std::make_unique<RequiredModule>(module));
  return numbers_[modules_.back().get()] = static_cast<uint32_t>(modules_.size() - 1);
}

std::optional<uint32_t> ModuleTable::find(const RequiredModule& module) const {
  const auto known = numbers_.find(&module);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

uint32_t ImageGraph::number_of(const RequiredModule& module) {
  const uint32_t number = modules_.number_of(module);
  providers_.resize(modules_.size());
  return number;
}

size_t ImageGraph::add(const CacheFile& header) {
  Node node;
  for (const RequiredModule& module : provided_by(header)) node.provides.push_back(number_of(module));
  for (const RequiredModule& module : header.required_modules) node.needs.push_back(number_of(module));
  // A made-up header may name one module any number of times.
  keep_first_of_equals(node.provides);
  keep_first_of_equals(node.needs);
  return add(std::move(node));
}

size_t ImageGraph::add(Node node) {
  for (const uint32_t module : node.provides)
    providers_[module].push_back(static_cast<uint32_t>(nodes_.size()));
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

size_t ImageGraph::add_twin(size_t image) {
  return add(Node(nodes_[image]));
}

size_t ImageGraph::add_unknown() {
  nodes_.emplace_back();
  return nodes_.size() - 1;
}

std::vector<size_t> ImageGraph::order(const std::function<bool(size_t)>& wanted) const {
  std::vector<bool> passed(nodes_.size());  // seen, or not wanted
  for (size_t image = 0; image < nodes_.size(); ++image) passed[image] = !wanted(image);
  // By module: how many of its providers have been passed. Many images may need what many provide.
  std::vector<size_t> next_provider(modules_.size(), 0);
  struct Step {
    size_t image;
    size_t next_need;
  };
  std::vector<Step> path;  // depth first without recursion
  const auto enter = [&](size_t image) {
    passed[image] = true;
    path.push_back({image, 0});
  };
  const auto next_dependency = [&](Step& step) -> std::optional<size_t> {
    const std::vector<uint32_t>& needs = nodes_[step.image].needs;
    for (; step.next_need < needs.size(); ++step.next_need) {
      const std::vector<uint32_t>& all = providers_[needs[step.next_need]];
      size_t& next = next_provider[needs[step.next_need]];
      while (next < all.size() && passed[all[next]]) ++next;
      if (next < all.size()) return all[next];
    }
    return std::nullopt;
  };
  std::vector<size_t> sorted;
  for (size_t start = 0; start < nodes_.size(); ++start) {
    if (!passed[start]) enter(start);
    while (!path.empty()) {
      if (const auto dependency = next_dependency(path.back())) {
        enter(*dependency);
        continue;
      }
      sorted.push_back(path.back().image);
      path.pop_back();
    }
  }
  return sorted;
}

namespace {

// The levels from which one module is provided: the highest, and the highest of any other image.
struct Highest {
  size_t image = SIZE_MAX, other = SIZE_MAX;
  size_t level = 0, other_level = 0;

  void offer(size_t by, size_t at) {
    if (by == image || image == SIZE_MAX) {
      image = by;
      level = std::max(level, at);
    } else if (at > level) {
      other = std::exchange(image, by);
      other_level = std::exchange(level, at);
    } else {
      other = by;
      other_level = std::max(other_level, at);
    }
  }
  // Above all providers but `asking` itself.
  size_t above(size_t asking) const {
    if (image != asking) return image == SIZE_MAX ? 0 : level + 1;
    return other == SIZE_MAX ? 0 : other_level + 1;
  }
};

}  // namespace

std::vector<std::vector<size_t>> ImageGraph::levels(const std::vector<size_t>& order) const {
  std::vector<Highest> highest(modules_.size());
  const auto offer = [&](size_t image, size_t level) {
    for (const uint32_t module : nodes_[image].provides) highest[module].offer(image, level);
  };
  for (const size_t image : order) offer(image, 0);
  std::vector<std::vector<size_t>> levels;
  for (const size_t image : order) {
    size_t level = 0;
    for (const uint32_t need : nodes_[image].needs) level = std::max(level, highest[need].above(image));
    offer(image, level);
    if (levels.size() <= level) levels.resize(level + 1);
    levels[level].push_back(image);
  }
  return levels;
}

}  // namespace jireloc
