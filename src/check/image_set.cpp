// What one image alone does not tell: the usual Julia of a folder, and what is part of Julia itself.
#include <algorithm>
#include <utility>

#include "check/image_set_state.hpp"
#include "check/standard_libraries.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

constexpr uint32_t system_image_mark = 0xfdfcfbfa;  // upper half of build_id.hi, 1.9 - 1.14.0-DEV.2884

bool is_marked(const RequiredModule& module) {
  return (module.build_id_hi >> 32) == system_image_mark;
}

// The packages whose image the file that is called so may be: the names of its folders, and its own.
std::vector<std::string> packages_of_image(const std::string& path) {
  std::vector<std::string> packages;
  for (size_t slash = path.find('/'); slash != path.npos;) {
    const size_t next = path.find('/', slash + 1);
    const std::string part = path.substr(slash + 1, next == path.npos ? next : next - slash - 1);
    for (size_t ending = part.find(".ji"); ending != part.npos; ending = part.find(".ji", ending + 1))
      packages.push_back(part.substr(0, ending));
    if (next != path.npos) packages.push_back(part);
    slash = next;
  }
  return packages;
}

}  // namespace

ImageSet::ImageSet() : state_(std::make_unique<State>()) {}
ImageSet::~ImageSet() = default;

size_t ImageSet::add(const std::string& path, const CacheFile& header) {
  return state_->add(path, state_->number_of(header.prefix), state_->graph.add(header));
}

size_t ImageSet::add_twin(const std::string& path, size_t number) {
  return state_->add(path, state_->images[number].prefix.value(), state_->graph.add_twin(number));
}

size_t ImageSet::add(const std::string& path, uint32_t prefix, std::vector<uint32_t> provides,
                     std::vector<uint32_t> needs) {
  return state_->add(path, prefix, state_->graph.add({std::move(provides), std::move(needs)}));
}

uint32_t ImageSet::number_of(const Prefix& prefix) {
  return state_->number_of(prefix);
}

uint32_t ImageSet::number_of(const RequiredModule& module) {
  return state_->graph.number_of(module);
}

bool ImageSet::are_twins(size_t one, size_t other) const {
  return state_->images[one].prefix == state_->images[other].prefix &&
         state_->graph[one] == state_->graph[other];
}

size_t ImageSet::State::add(const std::string& path, uint32_t prefix, size_t number) {
  for (const uint32_t provided : graph[number].provides) {
    const RequiredModule& module = graph.modules()[provided];
    auto& images_of = providers[{module.name, module.uuid}];
    if (images_of.empty() || images_of.back() != number) images_of.push_back(static_cast<uint32_t>(number));
  }
  if (const auto parts = parse_cache_path(path)) ++prefix_counts[parts->version][prefix];
  if (!bundled.empty() && is_path_prefix(bundled, path)) bundled_prefixes.insert(prefix);
  images.push_back({path, prefix});
  return number;
}

size_t ImageSet::add_malformed(const std::string& path) {
  state_->images.push_back({path, {}});
  return state_->graph.add_unknown();
}

const ImageGraph& ImageSet::graph() const {
  return state_->graph;
}

bool ImageSet::has_image(const RequiredModule& module) {
  return (module.build_id_hi >> 32) != 0 && !is_marked(module);
}

void ImageSet::set_bundled(std::string depot) {
  state_->bundled = std::move(depot);
}

bool ImageSet::is_assumed(size_t number, const RequiredModule& module) const {
  return !module.uuid.is_nil() && !is_marked(module) &&
         !state_->bundled_prefixes.contains(state_->images[number].prefix.value()) &&
         check::is_shipped(module.name, module.uuid);
}

void ImageSet::add_unreadable(const std::string& path) {
  State& state = *state_;
  const auto number = static_cast<uint32_t>(state.unreadable.size());
  state.unreadable.push_back(path);
  if (!paths::is_image(path)) {
    if (!state.unreadable_folder) state.unreadable_folder = number;
    return;
  }
  for (std::string& package : packages_of_image(path))
    state.unreadable_by_package.try_emplace(std::move(package), number);
}

const std::vector<std::string>& ImageSet::unreadable() const {
  return state_->unreadable;
}

const std::string* ImageSet::unreadable_for(const std::string& package) const {
  const State& state = *state_;
  std::optional<uint32_t> first = state.unreadable_folder;
  const auto found = state.unreadable_by_package.find(package);
  if (found != state.unreadable_by_package.end())
    first = std::min(first.value_or(found->second), found->second);
  return first ? &state.unreadable[*first] : nullptr;
}

std::optional<Prefix> ImageSet::usual_prefix(const std::string& version_folder,
                                             const std::string& version) const {
  const auto counts = state_->prefix_counts.find(version_folder);
  if (counts == state_->prefix_counts.end()) return std::nullopt;
  const Prefix* usual = nullptr;
  uint32_t most = 0;
  for (const auto& [number, count] : counts->second) {  // as they were seen: the first of equals is kept
    const Prefix& prefix = state_->prefixes[number];
    if (count <= most || (!version.empty() && prefix.version != version)) continue;
    usual = &prefix;
    most = count;
  }
  return usual == nullptr ? std::nullopt : std::optional(*usual);
}

std::set<ModuleId> ImageSet::system_modules() const {
  const State& state = *state_;
  // How many images of each build there are, and how many of them require each module.
  std::map<uint32_t, uint32_t> images_of;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> wanted_by;
  for (size_t number = 0; number < state.images.size(); ++number) {
    const auto prefix = state.images[number].prefix;
    if (!prefix) continue;
    ++images_of[*prefix];
    for (const uint32_t module : state.graph[number].needs) ++wanted_by[{*prefix, module}];
  }
  std::set<ModuleId> result;
  for (const auto& [key, count] : wanted_by) {
    const RequiredModule& module = state.graph.modules()[key.second];
    const ModuleId id{module.name, module.uuid};
    const bool provided = state.providers.contains(id);
    const bool marked = is_marked(module);
    const bool by_all = !has_image(module) && images_of[key.first] >= 2 && count == images_of[key.first];
    const bool of_julia =
        !provided &&
        (by_all || (check::is_shipped(id.name, id.uuid) && !state.bundled_prefixes.contains(key.first)));
    if (marked || id.uuid.is_nil() || of_julia) result.insert(id);
  }
  return result;
}

std::vector<size_t> ImageSet::reachable(const std::vector<size_t>& from) const {
  const State& state = *state_;
  std::vector<bool> seen(state.images.size(), false);
  std::vector<size_t> pending = from;
  std::vector<bool> module_seen(state.graph.modules().size(), false);
  while (!pending.empty()) {
    const size_t image = pending.back();
    pending.pop_back();
    if (seen[image]) continue;
    seen[image] = true;
    for (const uint32_t number : state.graph[image].needs) {
      if (module_seen[number]) continue;
      module_seen[number] = true;
      const RequiredModule& module = state.graph.modules()[number];
      const auto providers = state.providers.find({module.name, module.uuid});
      if (providers != state.providers.end()) {
        pending.insert(pending.end(), providers->second.begin(), providers->second.end());
      }
    }
  }
  std::vector<size_t> result;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) result.push_back(i);
  }
  return result;
}

}  // namespace jireloc
