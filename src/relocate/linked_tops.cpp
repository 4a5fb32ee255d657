#include "relocate/linked_tops.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>

#include "jireloc/file_view.hpp"
#include "relocate/own_links.hpp"

namespace jireloc::relocating {

std::vector<Error> LinkedTops::follow(const Folder& depot, const FileView& view, const std::string& seen) {
  std::vector<Error> refused;
  for (const char* top : {"packages", "artifacts", "compiled"}) {
    const std::string path = depot.path + "/" + top;
    try {
      const auto info = find_entry(inner_, depot.fd(), top, path);
      if (!info || !S_ISLNK(info->st_mode)) continue;
      require_root_or_runner(*info, path);
      const std::string here = view.actual(seen + "/" + top);
      depots_[depot.fd()][top] = open_through_links_of_root_or_runner(inner_, here);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::unsupported)
        refused.push_back(Error(error.kind(), error.message(), path));
      // Else it leads nowhere, or to what cannot be looked at: listing the folder says so.
    }
  }
  return refused;
}

const Folder* LinkedTops::behind(int folder, const char* path, const char** rest) const {
  const auto depot = depots_.find(folder);
  if (depot == depots_.end()) return nullptr;
  const size_t length = std::strcspn(path, "/");
  const auto top = depot->second.find(std::string_view(path, length));
  if (top == depot->second.end()) return nullptr;
  const char* after = path + length;
  after += std::strspn(after, "/");
  *rest = *after == '\0' ? "." : after;
  return top->second.get();
}

int LinkedTops::open_beneath(int folder, const char* path, int flags, mode_t mode) {
  const char* rest = path;
  const Folder* top = behind(folder, path, &rest);
  return inner_.open_beneath(top != nullptr ? top->fd() : folder, rest, flags, mode);
}

int LinkedTops::stat_at(int folder, const char* path, struct stat& result, int flags) {
  const char* rest = path;
  const Folder* top = behind(folder, path, &rest);
  return inner_.stat_at(top != nullptr ? top->fd() : folder, rest, result, flags);
}

// All that is below a depot is on its disk and on those behind its links.
int LinkedTops::sync_file_system(int fd) {
  int first_failure = inner_.sync_file_system(fd);
  if (const auto depot = depots_.find(fd); depot != depots_.end())
    for (const auto& [name, top] : depot->second)
      if (const int result = inner_.sync_file_system(top->fd()); first_failure >= 0) first_failure = result;
  return first_failure;
}

}  // namespace jireloc::relocating
