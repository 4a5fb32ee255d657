// The cache files of one package in the order in which Julia tries them, and what becomes of each
// (base/loading.jl: find_all_in_cache_path, _require_search_from_serialized).
#include <algorithm>

#include "cli/explain_parts.hpp"
#include "jireloc/candidates.hpp"

namespace jireloc::cli {
namespace {

struct FoundImage {
  const CheckedImage* image;
  CandidateFile file;
};

std::vector<FoundImage> candidates_of(const CheckRun& run, const Story& story) {
  std::vector<FoundImage> found;
  for (const auto& image : run.images()) {
    const auto path = parse_cache_path(image->recorded);
    if (!path || path->package != story.package || path->version != story.version) continue;
    const auto depot = std::find(run.depots().begin(), run.depots().end(), path->depot);
    found.push_back({image.get(),
                     {image->recorded, static_cast<size_t>(depot - run.depots().begin()),
                      file_status(image->path).mtime, !image->report.native_library.empty()}});
  }
  return found;
}

const Reason* first_against(const ImageReport& report) {
  for (const auto* list : {&report.reasons, &report.load_problems, &report.unknowns})
    if (!list->empty()) return &list->front();
  return nullptr;
}

}  // namespace

std::vector<TriedImage> tried_images(const CheckRun& run, const Story& story) {
  const JuliaVersion version = version_of_folder(story.version);
  std::vector<FoundImage> candidates = candidates_of(run, story);
  std::stable_sort(candidates.begin(), candidates.end(), [&](const FoundImage& a, const FoundImage& b) {
    return is_tried_before(version, a.file, b.file);
  });
  std::vector<TriedImage> tried;
  bool over = false;
  for (const FoundImage& candidate : candidates) {
    const ImageReport& report = candidate.image->report;
    TriedImage image;
    image.image = candidate.image;
    image.is_tried = !over;
    image.reason = first_against(report);
    const Code code = image.reason == nullptr ? Code::none : image.reason->code;
    image.passed = rules_until(code, version);
    if (image.reason != nullptr) {
      image.fell_at = image.passed.back();
      image.passed.pop_back();
      image.says = words_of_julia(code, version);
    }
    image.is_taken = !over && report.verdict == Verdict::fresh && report.loads;
    over = over || image.is_taken || report.throws;
    tried.push_back(std::move(image));
  }
  return tried;
}

}  // namespace jireloc::cli
