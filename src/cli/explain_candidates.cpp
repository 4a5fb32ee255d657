// The cache files of one package in the order in which Julia tries them, and what becomes of each
// (base/loading.jl: find_all_in_cache_path, _require_search_from_serialized).
#include <algorithm>
#include <tuple>

#include "cli/explain_parts.hpp"

namespace jireloc::cli {
namespace {

struct CandidateFile {
  const CheckedImage* image;
  size_t depot;  // its place in the depot path
  double mtime;
};

std::vector<CandidateFile> candidates_of(const CheckRun& run, const Story& story) {
  std::vector<CandidateFile> found;
  for (const auto& image : run.images()) {
    const auto path = parse_cache_path(image->recorded);
    if (!path || path->package != story.package || path->version != story.version) continue;
    const auto depot = std::find(run.depots().begin(), run.depots().end(), path->depot);
    found.push_back(
        {image.get(), static_cast<size_t>(depot - run.depots().begin()), file_status(image->path).mtime});
  }
  return found;
}

// Up to 1.5 depots in order and names in order; then the newest first; from 1.11 on those with native code
// before.
bool tried_before(const JuliaVersion& version, const CandidateFile& a, const CandidateFile& b) {
  if (version < JuliaVersion{1, 6, 0, ""})
    return std::tie(a.depot, a.image->recorded) < std::tie(b.depot, b.image->recorded);
  const bool a_native = !a.image->report.native_library.empty(),
             b_native = !b.image->report.native_library.empty();
  if (version >= JuliaVersion{1, 11, 0, ""} && a_native != b_native) return a_native;
  return a.mtime > b.mtime;
}

const Reason* first_against(const ImageReport& report) {
  for (const auto* list : {&report.reasons, &report.load_problems, &report.unknowns})
    if (!list->empty()) return &list->front();
  return nullptr;
}

}  // namespace

bool throws(const ImageReport& report) {
  return report.verdict == Verdict::unreadable && !report.reasons.empty() &&
         report.reasons[0].message.find("Julia throws") != std::string::npos;
}

std::vector<TriedImage> tried_images(const CheckRun& run, const Story& story) {
  const JuliaVersion version = version_of_folder(story.version);
  std::vector<CandidateFile> candidates = candidates_of(run, story);
  std::stable_sort(candidates.begin(), candidates.end(), [&](const CandidateFile& a, const CandidateFile& b) {
    return tried_before(version, a, b);
  });
  std::vector<TriedImage> tried;
  bool over = false;
  for (const CandidateFile& candidate : candidates) {
    const ImageReport& report = candidate.image->report;
    TriedImage image;
    image.image = candidate.image;
    image.is_tried = !over;
    image.reason = first_against(report);
    const std::string_view code = image.reason == nullptr ? std::string_view() : image.reason->code;
    image.passed = rules_until(code, version);
    if (image.reason != nullptr) {
      image.fell_at = image.passed.back();
      image.passed.pop_back();
      image.says = words_of_julia(code, version);
    }
    image.is_taken = !over && report.verdict == Verdict::fresh && report.loads;
    over = over || image.is_taken || throws(report);
    tried.push_back(std::move(image));
  }
  return tried;
}

}  // namespace jireloc::cli
