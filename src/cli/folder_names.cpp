#include "cli/folder_names.hpp"

#include <dirent.h>

#include <algorithm>
#include <memory>

namespace jireloc::cli {

std::optional<std::vector<std::string>> names_in_folder(const std::string& folder) {
  const auto close = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> open(::opendir(folder.c_str()), close);
  if (!open) return std::nullopt;
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(open.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace jireloc::cli
