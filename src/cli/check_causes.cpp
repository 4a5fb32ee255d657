#include "cli/check_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

// What of a fix tells two groups with one code apart.
std::string argument_of(const Cause& cause) {
  std::string argument;
  for (const fix::MapPaths& map : cause.maps) argument += map_argument(map) + '\n';
  const bool own_words =
      std::holds_alternative<fix::ChangeEnvironment>(cause.fix) || cause.code == Code::incompatible_header;
  if (own_words && cause.code != Code::dep_missing_source) argument += spelled(cause.fix);
  return argument;
}

void add_maps(Cause& cause, const std::vector<fix::MapPaths>& more) {
  for (const fix::MapPaths& map : more) {
    const auto is_same = [&](const fix::MapPaths& known) {
      return known.from == map.from && known.to == map.to;
    };
    if (std::none_of(cause.maps.begin(), cause.maps.end(), is_same)) cause.maps.push_back(map);
  }
}

// Of all that mends an image, what reaches farthest.
void consider(Cause& cause, const Fix& fix) {
  if (fix.index() > cause.fix.index()) cause.fix = fix;
  const auto* map = std::get_if<fix::MapPaths>(&fix);
  if (map != nullptr) add_maps(cause, {*map});
  cause.file_times = cause.file_times || std::holds_alternative<fix::TakeFileTimes>(fix) ||
                     (map != nullptr && map->file_times);
}

class Grouping {
 public:
  explicit Grouping(const CheckedImages& images) {
    for (const auto& image : images) {
      if (image->input)
        add_named(*image);
      else
        note_roots(*image, nullptr);
    }
    for (const auto& image : images)
      if (image->input) add_waiting(*image);
  }

  std::vector<Cause> sorted() {
    std::stable_sort(causes_.begin(), causes_.end(), [](const Cause& a, const Cause& b) {
      return a.images.size() + a.waiting > b.images.size() + b.waiting;
    });
    return std::move(causes_);
  }

 private:
  // An image at the end of a chain, and its group once it has one.
  struct Root {
    const CheckedImage* image;
    const Reason* reason;
    std::optional<size_t> cause;
  };

  static bool waits(const Reason& problem) { return problem.code == Code::dependency_stale; }

  static const Reason* own_problem(const ImageReport& report) {
    const auto found = std::find_if_not(report.load_problems.begin(), report.load_problems.end(), waits);
    return found == report.load_problems.end() ? nullptr : &*found;
  }

  void add_named(const CheckedImage& image) {
    const ImageReport& report = image.report;
    std::optional<size_t> cause;
    if (!report.reasons.empty())
      cause = add(image, report.reasons[0], report.reasons);
    else if (const Reason* problem = own_problem(report))
      cause = add(image, *problem, {});
    std::set<Code> said;
    for (const auto* list : {&report.findings, &report.unknowns}) {
      for (const Reason& reason : *list) {
        if (!said.insert(reason.code).second) continue;
        const size_t own = add(image, reason, *list, true);
        if (!cause && list == &report.unknowns) cause = own;
      }
    }
    note_roots(image, cause ? &*cause : nullptr);
  }

  // The sentences by which ImageSet::close names this image, or what it lacks, as the root of others'
  // trouble.
  void note_roots(const CheckedImage& image, const size_t* cause) {
    const ImageReport& report = image.report;
    const std::optional<size_t> group = cause ? std::optional<size_t>(*cause) : std::nullopt;
    for (const auto* list : {&report.reasons, &report.unknowns}) {
      if (list->empty() || report.verdict == Verdict::fresh) continue;
      roots_.try_emplace(report.module.name + ": " + list->front().message,
                         Root{&image, &list->front(), group});
      break;
    }
    for (const Reason& problem : report.load_problems) {
      if (waits(problem)) continue;
      for (const std::string& root : report.root_causes)
        if (root.ends_with(": " + problem.message)) {
          roots_.try_emplace(root, Root{&image, &problem, group});
          if (cause != nullptr && causes_[*cause].code == problem.code)
            causes_[*cause].lacking.insert(root.substr(0, root.size() - problem.message.size() - 2));
        }
    }
  }

  void add_waiting(const CheckedImage& image) {
    const ImageReport& report = image.report;
    if (report.verdict != Verdict::fresh || report.loads || own_problem(report) != nullptr) return;
    std::set<size_t> behind;
    for (const std::string& cause : report.root_causes) {
      const auto found = roots_.find(cause);
      if (found == roots_.end()) continue;
      Root& root = found->second;
      if (!root.cause) root.cause = add(*root.image, *root.reason, root.image->report.reasons);
      behind.insert(*root.cause);
    }
    for (const size_t cause : behind) ++causes_[cause].waiting;
  }

  size_t add(const CheckedImage& image, const Reason& reason, const std::vector<Reason>& all,
             bool of_one_code = false) {
    Cause cause;
    cause.code = reason.code;
    cause.verdict = image.report.verdict;
    cause.named = image.input;
    consider(cause, reason.fix);
    for (const Reason& other : all)
      if (!of_one_code || other.code == reason.code) consider(cause, other.fix);
    if (cause.code == Code::dependency_missing || cause.code == Code::dependency_wrong_build)
      cause.fix = fix::CompileAgain{};
    if (!cause.is_rewritten()) cause.maps.clear();
    return join(std::move(cause), {&image, &reason});
  }

  size_t join(Cause cause, Cause::Image image) {
    const Key key{cause.code, cause.verdict, cause.named, cause.fix.index(), argument_of(cause)};
    const auto [found, is_new] = numbers_.try_emplace(key, causes_.size());
    if (is_new) causes_.push_back(std::move(cause));
    Cause& group = causes_[found->second];
    if (!is_new) add_maps(group, cause.maps);
    group.file_times = group.file_times || cause.file_times;
    causes_[found->second].images.push_back(image);
    return found->second;
  }

  using Key = std::tuple<Code, Verdict, bool, size_t, std::string>;
  std::vector<Cause> causes_;
  std::map<Key, size_t> numbers_;
  std::unordered_map<std::string, Root> roots_;
};

}  // namespace

std::vector<Cause> causes_of(const CheckedImages& images) {
  return Grouping(images).sorted();
}

std::string name_of(const Cause& cause) {
  return fmt::format("{}:{}", name(cause.code), name(cause.fix));
}

std::string common_place(const Cause& cause) {
  std::string place = cause.images[0].image->path;
  if (cause.images.size() == 1) return place;
  place.resize(place.rfind('/') == std::string::npos ? 0 : place.rfind('/'));
  for (const Cause::Image& image : cause.images) {
    while (!place.empty() && !image.image->path.starts_with(place + "/"))
      place.resize(place.rfind('/') == std::string::npos ? 0 : place.rfind('/'));
  }
  return place;
}

}  // namespace jireloc::cli
