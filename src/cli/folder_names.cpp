#include "cli/folder_names.hpp"

#include <algorithm>
#include <filesystem>

namespace jireloc::cli {

std::optional<std::vector<std::string>> names_in_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  if (problem) return std::nullopt;
  std::vector<std::string> names;
  for (; entry != std::filesystem::directory_iterator() && !problem; entry.increment(problem))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace jireloc::cli
