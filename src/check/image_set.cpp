// What one image alone does not tell: the usual Julia of a folder, and whether required modules can be
// loaded.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/unique.hpp"
#include "check/standard_libraries.hpp"
#include "jireloc/check.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc {
namespace {

constexpr size_t kMostRootCauses = 100;
constexpr uint32_t system_image_mark = 0xfdfcfbfa;  // upper half of build_id.hi, 1.9 - 1.14.0-DEV.2884

bool is_marked(const RequiredModule& module) {
  return (module.build_id_hi >> 32) == system_image_mark;
}

struct Image {
  std::string path;
  uint32_t prefix = 0;                 // index into prefixes
  std::vector<uint32_t> provides;      // indices into modules
  std::vector<uint32_t> requires_ids;  // likewise
};

bool operator<(const RequiredModule& a, const RequiredModule& b) {
  return std::tie(a.name, a.uuid, a.build_id_hi, a.build_id_lo) <
         std::tie(b.name, b.uuid, b.build_id_hi, b.build_id_lo);
}

struct ByValue {
  bool operator()(const RequiredModule* a, const RequiredModule* b) const { return *a < *b; }
};

bool is_image_path(const std::string& path) {
  return path.ends_with(".ji") || path.ends_with(".ji.zst");
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

std::string build_text(const RequiredModule& module) {
  return module.build_id_hi == 0 ? hex64(module.build_id_lo)
                                 : hex64(module.build_id_hi) + hex64(module.build_id_lo);
}

}  // namespace

struct ImageSet::State {
  std::vector<Image> images;
  std::vector<std::string> unreadable;                              // paths
  std::optional<uint32_t> unreadable_folder;                        // the first that may hold any image
  std::unordered_map<std::string, uint32_t> unreadable_by_package;  // the first that may be an image of it
  std::vector<Prefix> prefixes;
  std::vector<std::unique_ptr<RequiredModule>> modules;
  std::map<const RequiredModule*, uint32_t, ByValue> module_numbers;
  std::map<std::string, std::map<uint32_t, uint32_t>> prefix_counts;  // by version folder, then prefix
  std::map<ModuleId, std::vector<uint32_t>> providers;                // images by what they provide
  std::string bundled;                                                // the depot; empty: not known
  std::set<uint32_t> bundled_prefixes;                                // of the images in it

  uint32_t number_of(RequiredModule module) {
    if (const auto found = module_numbers.find(&module); found != module_numbers.end()) return found->second;
    modules.push_back(std::make_unique<RequiredModule>(std::move(module)));
    return module_numbers[modules.back().get()] = static_cast<uint32_t>(modules.size() - 1);
  }

  uint32_t number_of(const Prefix& prefix) {
    Prefix plain = prefix;
    plain.image_flags = 0;  // differ from image to image
    const auto number = std::find(prefixes.begin(), prefixes.end(), plain) - prefixes.begin();
    if (static_cast<size_t>(number) == prefixes.size()) prefixes.push_back(std::move(plain));
    return static_cast<uint32_t>(number);
  }
};

ImageSet::ImageSet() : state_(std::make_unique<State>()) {}
ImageSet::~ImageSet() = default;

size_t ImageSet::add(const std::string& path, const CacheFile& header) {
  State& state = *state_;
  Image image;
  image.path = path;
  image.prefix = state.number_of(header.prefix);
  const uint64_t hi = header.layout->wide_build_ids ? header.build_id_hi() : 0;
  for (const WorklistModule& module : header.worklist) {
    image.provides.push_back(state.number_of({module.name, module.uuid, hi, module.build_id}));
    auto& providers = state.providers[{module.name, module.uuid}];
    const auto number = static_cast<uint32_t>(state.images.size());
    if (providers.empty() || providers.back() != number) providers.push_back(number);
  }
  for (const RequiredModule& module : header.required_modules)
    image.requires_ids.push_back(state.number_of(module));
  // A made-up header may name one module any number of times.
  keep_first_of_equals(image.provides);
  keep_first_of_equals(image.requires_ids);
  if (const auto parts = parse_cache_path(path)) ++state.prefix_counts[parts->version][image.prefix];
  if (!state.bundled.empty() && is_path_prefix(state.bundled, path))
    state.bundled_prefixes.insert(image.prefix);
  state.images.push_back(std::move(image));
  return state.images.size() - 1;
}

bool ImageSet::has_image(const RequiredModule& module) {
  return (module.build_id_hi >> 32) != 0 && !is_marked(module);
}

void ImageSet::set_bundled(std::string depot) {
  state_->bundled = std::move(depot);
}

bool ImageSet::is_assumed(size_t number, const RequiredModule& module) const {
  return !module.uuid.is_nil() && !is_marked(module) &&
         !state_->bundled_prefixes.contains(state_->images[number].prefix) &&
         check::is_shipped(module.name, module.uuid);
}

void ImageSet::add_unreadable(const std::string& path) {
  State& state = *state_;
  const auto number = static_cast<uint32_t>(state.unreadable.size());
  state.unreadable.push_back(path);
  if (!is_image_path(path)) {
    if (!state.unreadable_folder) state.unreadable_folder = number;
    return;
  }
  for (std::string& package : packages_of_image(path))
    state.unreadable_by_package.try_emplace(std::move(package), number);
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
  for (const Image& image : state.images) {
    ++images_of[image.prefix];
    for (const uint32_t module : image.requires_ids) ++wanted_by[{image.prefix, module}];
  }
  std::set<ModuleId> result;
  for (const auto& [key, count] : wanted_by) {
    const RequiredModule& module = *state.modules[key.second];
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
  std::vector<bool> module_seen(state.modules.size(), false);
  while (!pending.empty()) {
    const size_t image = pending.back();
    pending.pop_back();
    if (seen[image]) continue;
    seen[image] = true;
    for (const uint32_t module : state.images[image].requires_ids) {
      if (module_seen[module]) continue;
      module_seen[module] = true;
      const auto providers = state.providers.find({state.modules[module]->name, state.modules[module]->uuid});
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

namespace {

// Works out which images load: an image does if it is fresh and an image of each required module does.
class Closure {
 public:
  Closure(const std::vector<Image>& images, const std::vector<std::unique_ptr<RequiredModule>>& modules,
          std::map<ModuleId, std::vector<uint32_t>> providers, std::set<ModuleId> system, const ImageSet& set,
          std::vector<ImageReport*>& reports)
      : images_(images),
        modules_(modules),
        set_(set),
        providers_(std::move(providers)),
        system_(std::move(system)),
        reports_(reports),
        marks_(images.size(), Mark::open) {
    for (uint32_t i = 0; i < images.size(); ++i) {
      for (const uint32_t module : images[i].provides) provider_[module].images.push_back(i);
      const ImageReport* report = reports[i];
      if (report == nullptr || report->verdict == Verdict::unknown) tell_providers(i);
    }
  }

  void run() {
    for (uint32_t i = 0; i < images_.size(); ++i) visit(i);
  }

 private:
  enum class Mark : uint8_t { open, under_way, done };

  struct Provider {
    std::vector<uint32_t> images;  // that have this module in this build
    size_t visited = 0;            // so many of them are open no more
    bool loads = false;            // one of them does, as far as they are settled
    std::optional<uint32_t> open;  // the last of those of which it is not known whether it loads
  };
  struct Step {
    uint32_t image;
    size_t next_need = 0;
  };

  // Depth is bounded by the images of a chain of dependencies; a list of our own keeps it off the stack.
  void visit(uint32_t first) {
    if (marks_[first] != Mark::open) return;
    std::vector<Step> path;
    const auto enter = [&](uint32_t image) {
      marks_[image] = Mark::under_way;
      path.push_back({image});
    };
    for (enter(first); !path.empty();) {
      if (const auto open = next_open_dependency(path.back())) {
        enter(*open);
        continue;
      }
      settle(path.back().image);
      marks_[path.back().image] = Mark::done;
      path.pop_back();
    }
  }

  // Many images may need what many provide: each of the two is passed once.
  std::optional<uint32_t> next_open_dependency(Step& step) {
    const std::vector<uint32_t>& needs = images_[step.image].requires_ids;
    for (; step.next_need < needs.size(); ++step.next_need) {
      const auto found = provider_.find(needs[step.next_need]);
      if (found == provider_.end()) continue;
      const std::vector<uint32_t>& images = found->second.images;
      size_t& visited = found->second.visited;
      while (visited < images.size() && marks_[images[visited]] != Mark::open) ++visited;
      if (visited < images.size()) return images[visited];
    }
    return std::nullopt;
  }

  void settle(uint32_t image) {
    if (reports_[image] == nullptr) return;
    ImageReport& report = *reports_[image];
    report.loads = report.verdict == Verdict::fresh;
    known_causes_.clear();
    known_causes_.insert(report.root_causes.begin(), report.root_causes.end());
    only_unknown_ = true;
    own_modules_.clear();
    own_modules_.insert(images_[image].provides.begin(), images_[image].provides.end());
    for (const uint32_t module : images_[image].requires_ids) require(report, image, module);
    if (report.loads || is_open(report)) tell_providers(image);
    if (report.verdict != Verdict::fresh && report.root_causes.empty()) {
      for (const auto* list : {&report.reasons, &report.unknowns})
        if (!list->empty() && report.root_causes.empty())
          report.root_causes.push_back(report.module.name + ": " + list->front().message);
    }
  }

  // Once an image, so that none of those that need its modules has to look at all that have them.
  void tell_providers(uint32_t image) {
    const bool loads = reports_[image] == nullptr || reports_[image]->loads;
    for (const uint32_t module : images_[image].provides) {
      Provider& provider = provider_.at(module);
      if (loads)
        provider.loads = true;
      else
        provider.open = std::max(provider.open, std::optional(image));
    }
  }

  void require(ImageReport& report, uint32_t image, uint32_t module) {
    const RequiredModule& wanted = *modules_[module];
    const ModuleId id{wanted.name, wanted.uuid};
    const auto found = provider_.find(module);
    if (found == provider_.end() && set_.is_assumed(image, wanted)) {
      report.assumed.push_back(wanted.name);
      return;
    }
    if (system_.contains(id) && !ImageSet::has_image(wanted)) return;
    if (found == provider_.end()) {
      explain_missing(report, wanted, id);
      return;
    }
    const Provider& provider = found->second;
    const bool is_own = own_modules_.contains(module);
    if (provider.loads || (is_own && report.loads)) return;
    auto open = provider.open;
    if (is_own && is_open(report)) open = std::max(open, std::optional(image));
    if (open) return leave_open(report, wanted, reports_[*open]->path);
    const ImageReport* best = reports_[provider.images[0]];
    add_problem(report, "dep stale",
                fmt::format("its image of {} ({}) does not load", wanted.name, best->path), best->path,
                best->root_causes);
  }

  // Whether the image that is being settled is neither accepted nor rejected, by itself or for what it needs.
  bool is_open(const ImageReport& report) const {
    return report.verdict == Verdict::unknown ||
           (report.verdict == Verdict::fresh && !report.load_problems.empty() && only_unknown_);
  }

  void leave_open(ImageReport& report, const RequiredModule& wanted, const std::string& path) {
    const std::string message =
        fmt::format("whether there is an image of {} that loads is not known: {} could not be looked at",
                    wanted.name, path);
    add_problem(report, "dep unknown", message, path, {wanted.name + ": " + message});
  }

  void explain_missing(ImageReport& report, const RequiredModule& wanted, const ModuleId& id) {
    if (const std::string* hidden = set_.unreadable_for(wanted.name))
      return leave_open(report, wanted, *hidden);
    const auto others = providers_.find(id);
    if (others == providers_.end()) {
      const std::string message =
          fmt::format("there is no image of {} [{}]", wanted.name, wanted.uuid.text());
      add_problem(report, "dep image missing", message, {}, {wanted.name + ": " + message});
      return;
    }
    const std::string& path = images_[others->second[0]].path;
    const std::string message =
        fmt::format("it needs {} with build id {}; the images there are have another ({})", wanted.name,
                    build_text(wanted), path);
    add_problem(report, "wrong dep buildid", message, path, {wanted.name + ": " + message});
  }

  void add_problem(ImageReport& report, std::string_view code, std::string message, const std::string& path,
                   const std::vector<std::string>& causes) {
    report.loads = false;
    only_unknown_ = only_unknown_ && code == "dep unknown";
    report.load_problems.push_back({code, std::move(message), path, Mend::none, {}});
    // Every dependent repeats them: a made-up image with thousands must not fill all other reports.
    for (const std::string& cause : causes) {
      if (report.root_causes.size() == kMostRootCauses) break;
      if (known_causes_.insert(cause).second) report.root_causes.push_back(cause);
    }
  }

  const std::vector<Image>& images_;
  const std::vector<std::unique_ptr<RequiredModule>>& modules_;
  const ImageSet& set_;
  const std::map<ModuleId, std::vector<uint32_t>> providers_;
  const std::set<ModuleId> system_;
  std::vector<ImageReport*>& reports_;
  std::vector<Mark> marks_;
  // Of the image that is being settled:
  std::unordered_set<std::string> known_causes_;
  std::unordered_set<uint32_t> own_modules_;         // that it has itself
  bool only_unknown_ = true;                         // all its problems are that something is not known
  std::unordered_map<uint32_t, Provider> provider_;  // by module and build
};

}  // namespace

void ImageSet::close(std::vector<ImageReport*>& reports) const {
  reports.resize(state_->images.size(), nullptr);
  Closure(state_->images, state_->modules, state_->providers, system_modules(), *this, reports).run();
}

}  // namespace jireloc
