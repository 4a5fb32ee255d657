#include "jireloc/environment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>

#include "bytes/file_io.hpp"
#include "bytes/reading.hpp"
#include "depot/workspace.hpp"
#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

template <typename Name, size_t N>
std::optional<std::string> first_file(const std::string& folder, const std::array<Name, N>& names,
                                      const FileView& view) {
  for (const Name& name : names) {
    if (name.empty()) continue;
    std::string path = fmt::format("{}/{}", folder, name);
    if (view.known_status(path).is_file()) return path;
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 2> project_names = {"JuliaProject.toml", "Project.toml"};

// Of the root it is "", so that a name and a slash before it can follow.
std::string folder_of(const std::string& file) {
  return file.starts_with('/') ? std::string(paths::folder(file)) : paths::parent(file);
}

// project_file_manifest_path. Up to 1.5 nothing stands in for a file that the project names and that is not
// there.
std::optional<std::string> manifest_path(const ProjectFile& project,
                                         const std::optional<JuliaVersion>& version, const FileView& view) {
  const std::string folder = folder_of(project.path);
  if (!project.manifest.empty()) {
    const std::string named =
        project.manifest.starts_with('/') ? project.manifest : folder + "/" + project.manifest;
    if (view.known_status(named).is_file()) return named;
    if (version && *version < JuliaVersion::parse("1.6.0-DEV")) return std::nullopt;
  }
  std::string versioned;
  if (version && *version >= JuliaVersion{1, 10, 8, ""})
    versioned = fmt::format("Manifest-v{}.{}.toml", version->major, version->minor);
  return first_file(folder,
                    std::array<std::string, 4>{versioned.empty() ? versioned : "Julia" + versioned, versioned,
                                               "JuliaManifest.toml", "Manifest.toml"},
                    view);
}

// The manifest of the topmost workspace that has one comes before the project's own (workspace_manifest).
std::optional<std::string> manifest_path(const ProjectFile& project,
                                         const std::vector<Environment>& workspaces,
                                         const std::optional<JuliaVersion>& version, const FileView& view) {
  for (auto root = workspaces.rbegin(); root != workspaces.rend(); ++root)
    if (auto path = manifest_path(*root->project, version, view)) return path;
  return manifest_path(project, version, view);
}

TomlTable read_preferences(const ProjectFile& project, const FileView& view) {
  const auto local =
      first_file(folder_of(project.path),
                 std::array<std::string, 2>{"JuliaLocalPreferences.toml", "LocalPreferences.toml"}, view);
  if (!local) return project.preferences;
  return merge_preferences(
      project.preferences,
      parse_toml(read_small_file(view.actual(*local), kProjectLimits.bytes), *local, kProjectLimits));
}

// get_projects_workspace_to_root.
std::vector<Environment> read_workspaces(const std::string& folder, const JuliaVersion& version,
                                         const std::string& home, const FileView& view) {
  std::vector<Environment> workspaces;
  auto found = find_workspace(folder, version, home, view);
  while (found) {
    Environment workspace;
    workspace.directory = folder_of(found->path);
    workspace.preferences = read_preferences(*found, view);
    workspace.project = std::move(found);
    found = find_workspace(workspace.directory, version, home, view);
    workspaces.push_back(std::move(workspace));
  }
  return workspaces;
}

}  // namespace

std::string read_small_file(const std::string& actual_path, uint64_t limit) {
  FileSystem& system = reading_file_system();
  constexpr int kFlags = O_RDONLY | O_NONBLOCK;
  const Descriptor file(
      system, checked(retried([&] { return system.open(AT_FDCWD, actual_path.c_str(), kFlags); }), "open",
                      actual_path));
  if (!S_ISREG(stat_of(system, file.get(), actual_path).st_mode))
    throw Error(ErrorKind::unsupported, "is not a regular file", actual_path);
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got =
        checked(retried([&] { return system.read(file.get(), buffer, sizeof buffer); }), "read", actual_path);
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > limit)
      throw Error(ErrorKind::too_large, fmt::format("larger than {} bytes", limit), actual_path);
  }
}

std::optional<ProjectFile> read_project_of(const std::string& folder, const FileView& view) {
  const auto path = first_file(folder, project_names, view);
  if (!path) return std::nullopt;
  return parse_project(read_small_file(view.actual(*path), kProjectLimits.bytes), *path);
}

Environment read_environment(const std::string& project, const std::string& julia_version,
                             const FileView& view, const std::string& home) {
  Environment environment;
  if (view.known_status(project).is_file()) {
    environment.directory = folder_of(project);
    environment.project = parse_project(read_small_file(view.actual(project), kProjectLimits.bytes), project);
  } else {
    environment.directory = paths::trimmed(project);
    environment.project = read_project_of(environment.directory, view);
  }
  environment.is_package_folder = !environment.project;
  if (!environment.project) return environment;
  std::optional<JuliaVersion> version;
  if (!julia_version.empty()) version = JuliaVersion::parse(julia_version);
  if (version) environment.workspaces = read_workspaces(environment.directory, *version, home, view);
  environment.preferences = read_preferences(*environment.project, view);
  if (const auto path = manifest_path(*environment.project, environment.workspaces, version, view))
    environment.manifest = parse_manifest(read_small_file(view.actual(*path)), *path);
  return environment;
}

}  // namespace jireloc
