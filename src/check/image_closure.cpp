// Which images load: those whose required modules have images that load, too.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "check/image_set_state.hpp"

namespace jireloc {
namespace {

constexpr size_t kMostRootCauses = 100;

// Works out which images load: an image does if it is fresh and an image of each required module does.
class Closure {
 public:
  Closure(const std::vector<ListedImage>& images, const ImageGraph& graph,
          const std::map<ModuleId, std::vector<uint32_t>>& providers, const ImageSet& set,
          std::vector<ImageReport*>& reports)
      : images_(images),
        graph_(graph),
        set_(set),
        providers_(providers),
        system_(set.system_modules()),
        reports_(reports),
        provided_(graph.modules().size()) {
    for (uint32_t i = 0; i < images.size(); ++i) {
      const ImageReport* report = reports[i];
      if (report == nullptr || report->verdict == Verdict::unknown) tell_providers(i);
    }
  }

  void run() {
    for (const size_t image : graph_.order([](size_t) { return true; })) settle(static_cast<uint32_t>(image));
  }

 private:
  struct Provided {                // a module in a build
    bool loads = false;            // an image of it does, as far as they are settled
    std::optional<uint32_t> open;  // the last of those of which it is not known whether it loads
  };

  void settle(uint32_t image) {
    if (reports_[image] == nullptr) return;
    ImageReport& report = *reports_[image];
    report.loads = report.verdict == Verdict::fresh;
    known_causes_.clear();
    known_causes_.insert(report.root_causes.begin(), report.root_causes.end());
    only_unknown_ = true;
    own_modules_.clear();
    own_modules_.insert(graph_[image].provides.begin(), graph_[image].provides.end());
    for (const uint32_t module : graph_[image].needs) require(report, image, module);
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
    for (const uint32_t module : graph_[image].provides) {
      if (loads)
        provided_[module].loads = true;
      else
        provided_[module].open = std::max(provided_[module].open, std::optional(image));
    }
  }

  void require(ImageReport& report, uint32_t image, uint32_t module) {
    const RequiredModule& wanted = graph_.modules()[module];
    const ModuleId id{wanted.name, wanted.uuid};
    const std::vector<uint32_t>& providers = graph_.providers(module);
    if (providers.empty() && set_.is_assumed(image, wanted)) {
      report.assumed.push_back(wanted.name);
      return;
    }
    if (system_.contains(id) && !ImageSet::has_image(wanted)) return;
    if (providers.empty()) {
      explain_missing(report, wanted, id);
      return;
    }
    const Provided& provided = provided_[module];
    const bool is_own = own_modules_.contains(module);
    if (provided.loads || (is_own && report.loads)) return;
    auto open = provided.open;
    if (is_own && is_open(report)) open = std::max(open, std::optional(image));
    if (open) return leave_open(report, wanted, reports_[*open]->path);
    const ImageReport* best = reports_[providers[0]];
    add_problem(report, Code::dependency_stale,
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
    add_problem(report, Code::dependency_unknown, message, path, {wanted.name + ": " + message});
  }

  void explain_missing(ImageReport& report, const RequiredModule& wanted, const ModuleId& id) {
    if (const std::string* hidden = set_.unreadable_for(wanted.name))
      return leave_open(report, wanted, *hidden);
    const auto others = providers_.find(id);
    if (others == providers_.end()) {
      const std::string message =
          fmt::format("there is no image of {} [{}]", wanted.name, wanted.uuid.text());
      add_problem(report, Code::dependency_missing, message, {}, {wanted.name + ": " + message});
      return;
    }
    const std::string& path = images_[others->second[0]].path;
    const std::string message =
        fmt::format("it needs {} with build id {}; the images there are have another ({})", wanted.name,
                    build_text(wanted), path);
    add_problem(report, Code::dependency_wrong_build, message, path, {wanted.name + ": " + message});
  }

  void add_problem(ImageReport& report, Code code, std::string message, const std::string& path,
                   const std::vector<std::string>& causes) {
    report.loads = false;
    only_unknown_ = only_unknown_ && code == Code::dependency_unknown;
    report.load_problems.push_back({code, std::move(message), path});
    // Every dependent repeats them: a made-up image with thousands must not fill all other reports.
    for (const std::string& cause : causes) {
      if (report.root_causes.size() == kMostRootCauses) break;
      if (known_causes_.insert(cause).second) report.root_causes.push_back(cause);
    }
  }

  const std::vector<ListedImage>& images_;
  const ImageGraph& graph_;
  const ImageSet& set_;
  const std::map<ModuleId, std::vector<uint32_t>>& providers_;
  const std::set<ModuleId> system_;
  std::vector<ImageReport*>& reports_;
  std::vector<Provided> provided_;  // by module
  // Of the image that is being settled:
  std::unordered_set<std::string> known_causes_;
  std::unordered_set<uint32_t> own_modules_;  // that it has itself
  bool only_unknown_ = true;                  // all its problems are that something is not known
};

}  // namespace

void ImageSet::close(std::vector<ImageReport*>& reports) const {
  reports.resize(state_->images.size(), nullptr);
  Closure(state_->images, state_->graph, state_->providers, *this, reports).run();
}

}  // namespace jireloc
