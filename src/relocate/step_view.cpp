#include "relocate/step_view.hpp"

#include <fcntl.h>

#include <algorithm>

#include "bytes/overlay.hpp"
#include "jireloc/error.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/looks.hpp"

namespace jireloc::relocating {
namespace {

// Names nothing: a file has no files in it.
constexpr const char* kNowhere = "/dev/null/dropped";

// Of a path below a depot; empty for any other.
std::string_view tail_below(const std::string& depot, std::string_view path) {
  return is_path_prefix(depot, path) && path.size() > depot.size() + 1 ? path.substr(depot.size() + 1)
                                                                       : std::string_view();
}

// Where what is called so at the target lies in the source.
std::string in_source(const Run& run, const std::string& path) {
  return run.places.view().actual(run.options.from + path.substr(run.options.to.size()));
}

}  // namespace

std::string tree_in_depot(std::string_view tail) {
  const int components = tail.starts_with("packages/") || tail.starts_with("scratchspaces/") ? 3
                         : tail.starts_with("artifacts/")                                    ? 2
                                                                                             : 0;
  size_t end = 0;
  for (int k = 0; k < components; ++k) {
    if (k > 0 && end == tail.size()) return {};
    end = std::min(tail.find('/', end == 0 ? 0 : end + 1), tail.size());
  }
  return std::string(tail.substr(0, end));
}

std::string KeptView::actual(const std::string& path) const {
  const std::string_view tail = tail_below(judging_.places.to_seen(), path);
  const auto tree = judging_.unusable_packages.find(tree_in_depot(tail));
  if (tree == judging_.unusable_packages.end()) return judging_.places.view().actual(path);
  Looks::note_made_up();
  if (tree->second.unknown) throw Error(ErrorKind::io, tree->second.why, path);
  return kNowhere;
}

std::string StepView::actual(const std::string& path) const {
  std::string there = kept_.actual(path);
  const std::string_view tail = tail_below(run_.options.to, path);
  if (there == kNowhere || !comes_later(tail) || file_status(there).exists()) return there;
  return in_source(run_, path);
}

bool StepView::comes_later(std::string_view tail) const {
  // Images follow their packages, and the folders that hold them are made for the first.
  for (const std::string_view top : {"compiled", "packages", "artifacts"}) {
    if (tail == top) return true;
  }
  if (tail.starts_with("compiled/")) return true;
  const std::string tree = tree_in_depot(tail);
  if (tree.empty()) return false;
  return !run_.writes() ? !tree.starts_with("scratchspaces/") || run_.options.scratchspaces
                        : run_.of_other_shards.contains(tree);
}

UpperView::UpperView(const Run& run)
    : run_(run), is_upper_(overlay_marks(run.system, run.from->fd()).merged) {}

std::string UpperView::actual(const std::string& path) const {
  std::string here = run_.places.source_view().actual(path);
  if (is_upper_ && is_path_prefix(run_.options.from, path) && !file_status(here).exists() &&
      may_lie_below(here))
    throw Error(ErrorKind::io, "a lower layer of the overlay may have it", here);
  return here;
}

bool UpperView::may_lie_below(const std::string& here) const {
  for (std::string path = here; path.size() > run_.places.from_here().size();) {
    struct stat info {};
    const int found = retried([&] { return run_.system.stat_at(AT_FDCWD, path.c_str(), info, 0); });
    if (found >= 0 && is_whiteout(run_.system, AT_FDCWD, path, info)) return false;
    path.resize(path.rfind('/'));
    constexpr int kFlags = O_RDONLY | O_DIRECTORY;
    const Descriptor folder(run_.system,
                            retried([&] { return run_.system.open(AT_FDCWD, path.c_str(), kFlags); }));
    if (folder) return overlay_marks(run_.system, folder.get()).merged;
  }
  return false;
}

std::string UnwrittenView::actual(const std::string& path) const {
  std::string there = before_.actual(path);
  if (!is_path_prefix(run_.options.to, path) || file_status(there).type != FileStatus::Type::none)
    return there;
  return in_source(run_, path);
}

}  // namespace jireloc::relocating
