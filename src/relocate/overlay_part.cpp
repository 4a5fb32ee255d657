#include "relocate/overlay_part.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "bytes/overlay.hpp"

namespace jireloc::relocating {
namespace {

// By what they keep from being said: the first is the strongest.
enum Kind { metacopy, redirect, whiteout, part, none };

Reason remark_of(Kind kind, const std::string& path) {
  switch (kind) {
    case metacopy:
      return {Code::overlay_metacopy,
              fmt::format("{} has no content of its own here: that is in a lower layer of an overlay "
                          "(overlay.metacopy)",
                          path)};
    case redirect:
      return {Code::overlay_redirect,
              fmt::format("{} was renamed in an overlay: what it holds lies in a lower layer, under another "
                          "name (overlay.redirect)",
                          path)};
    case whiteout:
      return {Code::overlay_whiteout,
              fmt::format("{} was deleted in an overlay, of which the rest lies in a lower layer", path)};
    default:
      return {Code::overlay_part,
              fmt::format("{} is only what was changed in an overlay: the rest lies in a lower layer", path)};
  }
}

Kind kind_of(const OverlayMarks& marks) {
  return marks.metacopy ? metacopy : marks.redirect ? redirect : marks.merged ? part : none;
}

// A file that is there at all was copied up whole.
Kind kind_of_file(const OverlayMarks& marks) {
  return marks.metacopy ? metacopy : marks.redirect ? redirect : none;
}

// A file that goes away meanwhile, or may not be read, has no marks that anybody could see.
Descriptor open_to_look(FileSystem& system, int folder, const std::string& name) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  return {system, retried([&] { return system.open_beneath(folder, name.c_str(), kFlags); })};
}

struct Search {
  FileSystem& system;
  const Folder& top;
  Kind found = none;
  std::string path = {};

  void note(Kind kind, const std::string& relative) {
    if (kind >= found) return;
    found = kind;
    path = relative.empty() ? top.path : join_path(top.path, relative);
  }
  void folder(int fd, const std::string& relative) { note(kind_of(overlay_marks(system, fd)), relative); }
  void git(const std::string&, mode_t) {}
  void entry(int folder, const std::string& relative, const std::string& name, mode_t type) {
    if (found == metacopy || S_ISLNK(type)) return;
    const std::string full = join_path(relative, name);
    const auto info = find_entry(system, folder, name, full);
    if (!info) return;
    if (is_whiteout(system, folder, name, *info)) return note(whiteout, full);
    if (!S_ISREG(info->st_mode)) return;
    if (const Descriptor file = open_to_look(system, folder, name))
      note(kind_of_file(overlay_marks(system, file.get())), full);
  }
};

}  // namespace

std::optional<Reason> overlay_part(FileSystem& system, const Folder& folder, const WalkLimits& limits) {
  Search search{system, folder};
  walk_tree(system, folder, limits, search);
  if (search.found == none) return {};
  return remark_of(search.found, search.path);
}

std::optional<Reason> overlay_part_of_file(FileSystem& system, const Folder& depot,
                                           const std::string& relative) {
  const Descriptor file = open_to_look(system, depot.fd(), relative);
  const Kind kind = file ? kind_of_file(overlay_marks(system, file.get())) : none;
  if (kind == none) return {};
  return remark_of(kind, join_path(depot.path, relative));
}

}  // namespace jireloc::relocating
