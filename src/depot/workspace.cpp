#include "depot/workspace.hpp"

#include <algorithm>

#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

bool has_member(const ProjectFile& root, const std::string& folder, bool by_name, const FileView& view) {
  const FileStatus status = view.known_status(folder);
  return std::any_of(root.workspace.begin(), root.workspace.end(), [&](const std::string& member) {
    if (by_name) return member == paths::name(folder);
    const std::string place =
        member.starts_with('/') ? member : root.path.substr(0, root.path.rfind('/') + 1) + member;
    const FileStatus found = view.known_status(place);
    return found.is_directory() && found.same_file(status);
  });
}

}  // namespace

std::optional<ProjectFile> find_workspace(const std::string& folder, const JuliaVersion& version,
                                          const std::string& home, const FileView& view) {
  if (version < JuliaVersion::parse("1.12.0-DEV") || !folder.starts_with('/')) return std::nullopt;
  const bool only_above = version < JuliaVersion{1, 12, 2, ""};
  const bool within_home = !home.empty() && folder.starts_with(home);
  for (std::string at = folder; at != "/";) {
    at = paths::parent(at);
    if (!only_above && within_home && !at.starts_with(home)) return std::nullopt;
    const auto project = read_project_of(at == "/" ? "" : at, view);
    if (project && has_member(*project, folder, only_above, view)) return project;
    if (only_above) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace jireloc
