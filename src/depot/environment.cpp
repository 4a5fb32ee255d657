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

const TomlValue* find(const TomlTable& table, const std::string& key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second;
}

// The value of `key` if it is there; throws if it has another type.
template <typename T>
const T* get(const TomlTable& table, const std::string& key, const std::string& path) {
  const TomlValue* value = find(table, key);
  if (value == nullptr) return nullptr;
  const T* typed = std::get_if<T>(&value->value);
  if (typed == nullptr) {
    throw Error(ErrorKind::bad_value, "an entry is of another type than Julia expects", path);
  }
  return typed;
}

std::string get_string(const TomlTable& table, const std::string& key, const std::string& path) {
  const auto* text = get<std::string>(table, key, path);
  return text == nullptr ? std::string() : *text;
}

Uuid to_uuid(const std::string& text, const std::string& path) {
  const auto uuid = Uuid::parse(text);
  if (!uuid) throw Error(ErrorKind::bad_value, "what should be a UUID is none", path);
  return *uuid;
}

std::map<std::string, Uuid> get_uuids(const TomlTable& table, const std::string& key,
                                      const std::string& path) {
  std::map<std::string, Uuid> result;
  if (const auto* section = get<TomlTable>(table, key, path)) {
    for (const auto& [name, unused] : *section)
      result[name] = to_uuid(get_string(*section, name, path), path);
  }
  return result;
}

// A manifest's deps: a table of UUIDs, or an array of names that are unique in the manifest.
std::map<std::string, Uuid> get_manifest_deps(const TomlTable& entry, const std::string& key,
                                              const std::string& path) {
  const TomlValue* value = find(entry, key);
  if (value == nullptr) return {};
  const auto* names = std::get_if<TomlArray>(&value->value);
  if (names == nullptr) return get_uuids(entry, key, path);
  std::map<std::string, Uuid> result;
  for (const TomlValue& name : *names) {
    if (const auto* text = std::get_if<std::string>(&name.value)) result[*text] = Uuid{};
  }
  return result;
}

// A text, or a list of texts.
std::vector<std::string> to_texts(const TomlValue& value) {
  std::vector<std::string> texts;
  if (const auto* one = std::get_if<std::string>(&value.value)) texts.push_back(*one);
  if (const auto* list = std::get_if<TomlArray>(&value.value)) {
    for (const TomlValue& item : *list)
      if (const auto* text = std::get_if<std::string>(&item.value)) texts.push_back(*text);
  }
  return texts;
}

std::map<std::string, std::vector<std::string>> get_extensions(const TomlTable& table,
                                                               const std::string& path) {
  std::map<std::string, std::vector<std::string>> result;
  if (const auto* extensions = get<TomlTable>(table, "extensions", path))
    for (const auto& [name, triggers] : *extensions) result[name] = to_texts(triggers);
  return result;
}

// A text instead of a list names no member (base_project).
std::vector<std::string> get_workspace(const TomlTable& table, const std::string& path) {
  const auto* workspace = get<TomlTable>(table, "workspace", path);
  const TomlValue* projects = workspace == nullptr ? nullptr : find(*workspace, "projects");
  const bool is_list = projects != nullptr && std::holds_alternative<TomlArray>(projects->value);
  return is_list ? to_texts(*projects) : std::vector<std::string>();
}

std::string get_syntax(const TomlTable& table, const std::string& path) {
  const auto* syntax = get<TomlTable>(table, "syntax", path);
  return syntax == nullptr ? std::string() : get_string(*syntax, "julia_version", path);
}

// One of the versions, separated by commas, that a [compat] entry admits: "1.6", "^1.6.3", "~1.6", ">= 1.6",
// "1.6 - 1.9", "< 1.9" (Pkg's semver_spec).
std::pair<int, int> least_of(std::string_view part) {
  if (part.find('<') != std::string_view::npos) return {0, 0};
  const size_t begin = part.find_first_of("0123456789");
  if (begin == std::string_view::npos) return {0, 0};
  const size_t end = part.find_first_not_of("0123456789.", begin);
  try {
    const JuliaVersion version = JuliaVersion::parse(part.substr(begin, end - begin));
    return {version.major, version.minor};
  } catch (const Error&) {
    return {0, 0};  // Julia throws on it elsewhere
  }
}

std::string get_oldest_julia(const TomlTable& table, const std::string& path) {
  const auto* compat = get<TomlTable>(table, "compat", path);
  const auto* admitted = compat == nullptr ? nullptr : get<std::string>(*compat, "julia", path);
  if (admitted == nullptr) return {};
  std::optional<std::pair<int, int>> least;
  for (size_t at = 0; at <= admitted->size();) {
    const size_t end = std::min(admitted->find(',', at), admitted->size());
    const auto version = least_of(std::string_view(*admitted).substr(at, end - at));
    if (!least || version < *least) least = version;
    at = end + 1;
  }
  return fmt::format("{}.{}", least->first, least->second);
}

ManifestEntry to_entry(const std::string& name, const TomlTable& table, const std::string& path) {
  ManifestEntry entry;
  entry.name = name;
  entry.uuid = to_uuid(get_string(table, "uuid", path), path);
  entry.tree = parse_sha1(get_string(table, "git-tree-sha1", path));
  entry.path = get_string(table, "path", path);
  entry.entryfile = get_string(table, "entryfile", path);
  entry.version = get_string(table, "version", path);
  entry.julia_syntax_version = get_syntax(table, path);
  entry.deps = get_manifest_deps(table, "deps", path);
  entry.weakdeps = get_manifest_deps(table, "weakdeps", path);
  entry.extensions = get_extensions(table, path);
  return entry;
}

// In format 2 the packages are below "deps", in format 1 at the top. Arrays of tables, one a package of that
// name.
void add_entries(const TomlTable& packages, Manifest& manifest) {
  for (const auto& [name, value] : packages) {
    const auto* list = std::get_if<TomlArray>(&value.value);
    if (list == nullptr) continue;
    for (const TomlValue& item : *list) {
      if (const auto* table = std::get_if<TomlTable>(&item.value)) {
        manifest.entries.push_back(to_entry(name, *table, manifest.path));
      }
    }
  }
}

template <size_t N>
std::optional<std::string> first_file(const std::string& folder, const std::array<std::string, N>& names,
                                      const FileView& view) {
  for (const std::string& name : names) {
    if (name.empty()) continue;
    std::string path = fmt::format("{}/{}", folder, name);
    if (view.known_status(path).is_file()) return path;
  }
  return std::nullopt;
}

const std::array<std::string, 2> project_names = {"JuliaProject.toml", "Project.toml"};

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

ProjectFile parse_project(std::string_view text, const std::string& path) {
  const TomlTable table = parse_toml(text, path, kProjectLimits);
  ProjectFile project;
  project.path = path;
  project.name = get_string(table, "name", path);
  if (const auto* uuid = get<std::string>(table, "uuid", path)) project.uuid = to_uuid(*uuid, path);
  project.entryfile = get_string(table, "path", path);  // the older name, asked first
  if (project.entryfile.empty()) project.entryfile = get_string(table, "entryfile", path);
  project.manifest = get_string(table, "manifest", path);
  project.deps = get_uuids(table, "deps", path);
  project.weakdeps = get_uuids(table, "weakdeps", path);
  project.extras = get_uuids(table, "extras", path);
  project.extensions = get_extensions(table, path);
  project.workspace = get_workspace(table, path);
  if (const auto* preferences = get<TomlTable>(table, "preferences", path))
    project.preferences = *preferences;
  project.julia_syntax_version = get_syntax(table, path);
  project.oldest_julia = get_oldest_julia(table, path);
  return project;
}

Manifest parse_manifest(std::string_view text, const std::string& path) {
  const TomlTable table = parse_toml(text, path);
  Manifest manifest;
  manifest.path = path;
  const std::string format = get_string(table, "manifest_format", path);
  manifest.format = format.empty() || format.starts_with("1") ? 1 : 2;
  manifest.julia_version = get_string(table, "julia_version", path);
  if (manifest.format == 1) {
    add_entries(table, manifest);
  } else if (const auto* packages = get<TomlTable>(table, "deps", path)) {
    add_entries(*packages, manifest);
  }
  for (size_t i = 0; i < manifest.entries.size(); ++i) {  // the first of equals counts
    const ManifestEntry& entry = manifest.entries[i];
    manifest.by_uuid.emplace(entry.uuid, i);
    manifest.by_name.emplace(entry.name, i);
    for (const auto& [extension, triggers] : entry.extensions) manifest.by_extension.emplace(extension, i);
  }
  return manifest;
}

const ManifestEntry* Manifest::find(const Uuid& uuid) const noexcept {
  const auto found = by_uuid.find(uuid);
  return found == by_uuid.end() ? nullptr : &entries[found->second];
}

std::optional<Uuid> Manifest::dependency(const Uuid& from, std::string_view name) const {
  const ManifestEntry* entry = find(from);
  if (entry == nullptr) return std::nullopt;
  for (const auto* names : {&entry->deps, &entry->weakdeps}) {
    const auto found = names->find(std::string(name));
    if (found == names->end()) continue;
    if (!found->second.is_nil()) return found->second;
    const auto only = by_name.find(std::string(name));
    if (only != by_name.end()) return entries[only->second].uuid;
  }
  return std::nullopt;
}

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
    environment.directory = project;
    while (environment.directory.size() > 1 && environment.directory.ends_with('/'))
      environment.directory.pop_back();
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

TomlTable merge_preferences(TomlTable base, const TomlTable& over) {
  if (const TomlValue* clear = find(over, "__clear__")) {
    if (const auto* names = std::get_if<TomlArray>(&clear->value)) {
      for (const TomlValue& name : *names) {
        if (const auto* text = std::get_if<std::string>(&name.value)) base.erase(*text);
      }
    }
  }
  for (const auto& [key, value] : over) {
    const auto old = base.find(key);
    const auto* below = std::get_if<TomlTable>(&value.value);
    auto* old_below = old == base.end() ? nullptr : std::get_if<TomlTable>(&old->second.value);
    if (below != nullptr && old_below != nullptr) {
      *old_below = merge_preferences(std::move(*old_below), *below);
    } else {
      base[key] = value;
    }
  }
  return base;
}

}  // namespace jireloc
