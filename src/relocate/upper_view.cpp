#include "relocate/upper_view.hpp"

#include <fcntl.h>

#include "bytes/overlay.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::relocating {

UpperView::UpperView(const Run& run)
    : run_(run), is_upper_(!run.in_place && overlay_marks(run.system, run.from->fd()).merged) {}

std::string UpperView::actual(const std::string& path) const {
  std::string here = run_.places.view().actual(path);
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

}  // namespace jireloc::relocating
