#include "cli/check_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

namespace jireloc::cli {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
    {"incompatible header", "another Julia made them, or they are damaged"},
    {"empty worklist", "they hold no module"},
    {"mismatched flags", "compiled with other options of Julia"},
    {"requires pkgimages", "native code, which the session has switched off"},
    {"target mismatch", "compiled for other processors"},
    {"missing ocachefile", "the native library beside them is missing"},
    {"ocachefile invalid checksum", "the native library beside them is damaged, or was changed"},
    {"for different pkgid", "they have the name of another package's image"},
    {"dep missing source", "the source of a package that they need was not found"},
    {"wrong dep version loaded", "compiled with another build of Julia"},
    {"wrong julia version", "compiled with another build of Julia"},
    {"wrong source", "compiled from another place than where Julia finds the package now"},
    {"dep uuid changed", "a name in their code stands for another package now"},
    {"missing sourcefile", "a file that they were compiled from is gone"},
    {"nonresolveable depot", "no depot holds a file that they were compiled from"},
    {"source mtime change", "a source has another time than when it was compiled"},
    {"include_dependency mtime change", "a file that they depend on has another time"},
    {"include_dependency fsize change", "a file that they were compiled from has changed"},
    {"include_dependency fhash change", "a file that they were compiled from has changed"},
    {"invalid checksum", "the files are damaged"},
    {"preferences hash mismatch", "compiled with other preferences"},
    {"syntax version mismatch", "compiled for another version of Julia's syntax"},
    {"source content changed", "Julia takes them, but a source is not the one that was compiled"},
    {"package folder modified", "Julia takes them, but the package was changed after it was installed"},
    {"old paths in payload", "Julia takes them, but their code opens files at an old place"},
    {"constant names nothing", "Julia takes them, but their code names files that are not there"},
    {"alias broken", "Julia takes them, but their code goes through a link that leads elsewhere"},
    {"dep image missing", "there is no image of a package that they need"},
    {"wrong dep buildid", "they need another build of a package than there is"},
    {"dep unknown", "whether what they need is there could not be looked at"},
    {"unopenable", "they could not be looked at"},
    {"system error", "something could not be looked at"},
};

// From what is least to do to what is most.
int reach(Mend mend) {
  switch (mend) {
    case Mend::none:
      return 0;
    case Mend::rewrite_mtime:
      return 1;
    case Mend::rewrite_map:
      return 2;
    case Mend::environment:
      return 3;
    case Mend::restore_file:
      return 4;
    case Mend::compile_again:
      return 5;
  }
  return 0;
}

using Options = std::vector<std::pair<std::string, std::string>>;

void add_options(Options& options, const Options& more) {
  for (const auto& option : more)
    if (std::find(options.begin(), options.end(), option) == options.end()) options.push_back(option);
}

// What of a mend tells two groups with one code apart.
std::string argument_of(const Cause& cause) {
  std::string argument;
  for (const auto& [name, value] : cause.rewrite)
    if (name == "--map") argument += value + '\n';
  const bool own_words = cause.mend == Mend::environment || cause.code == "incompatible header";
  if (own_words && cause.code != "dep missing source" && cause.mended != nullptr)
    argument += cause.mended->mend_text;
  return argument;
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

  static bool waits(const Reason& problem) { return problem.code == "dep stale"; }

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
    std::set<std::string_view> said;
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
    const auto consider = [&cause](const Reason& other) {
      if (cause.mended == nullptr || reach(other.mend) > reach(cause.mend)) {
        cause.mend = other.mend;
        cause.mended = &other;
      }
      add_options(cause.rewrite, other.rewrite);
    };
    consider(reason);
    for (const Reason& other : all)
      if (!of_one_code || other.code == reason.code) consider(other);
    if (cause.code.starts_with("dep image") || cause.code.starts_with("wrong dep build"))
      cause.mend = Mend::compile_again;
    if (cause.mend != Mend::rewrite_map && cause.mend != Mend::rewrite_mtime) cause.rewrite.clear();
    return join(std::move(cause), {&image, &reason});
  }

  size_t join(Cause cause, Cause::Image image) {
    const Key key{cause.code, cause.verdict, cause.named, cause.mend, argument_of(cause)};
    const auto [found, is_new] = numbers_.try_emplace(key, causes_.size());
    if (is_new)
      causes_.push_back(std::move(cause));
    else
      add_options(causes_[found->second].rewrite, cause.rewrite);
    causes_[found->second].images.push_back(image);
    return found->second;
  }

  using Key = std::tuple<std::string_view, Verdict, bool, Mend, std::string>;
  std::vector<Cause> causes_;
  std::map<Key, size_t> numbers_;
  std::unordered_map<std::string, Root> roots_;
};

}  // namespace

std::vector<Cause> causes_of(const CheckedImages& images) {
  return Grouping(images).sorted();
}

std::string name_of(const Cause& cause) {
  return fmt::format("{}:{}", cause.code, name(cause.mend));
}

std::string_view meaning_of(std::string_view code) {
  const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                   [&](const auto& meaning) { return meaning.first == code; });
  return found == std::end(kMeanings) ? code : found->second;
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
