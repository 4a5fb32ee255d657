// What Julia reads of an environment: Project, Manifest and preferences files.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jireloc/error.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/tree_hash.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc {

// A TOML value, as far as preferences need it.
struct TomlValue;
using TomlTable = std::map<std::string, TomlValue>;
using TomlArray = std::vector<TomlValue>;
struct TomlValue {
  // A date or time is kept as its text.
  struct Time {
    std::string text;
    bool operator==(const Time&) const = default;
  };
  std::variant<bool, int64_t, double, std::string, Time, TomlArray, TomlTable> value;
  // Julia's toml_egal (1.13 and later): equal types and bits, so 1, 1.0 and true all differ.
  bool operator==(const TomlValue& other) const;
  // As TOML spells it, on one line.
  std::string text() const;
};

// How much TOML is parsed. A parser needs some hundred times the memory of a text that is nothing but keys.
struct TomlLimits {
  uint64_t bytes;
  uint64_t nodes;  // values and tables
};
// Of project and preferences files; and of manifests and registries, which tell of thousands of packages.
inline constexpr TomlLimits kProjectLimits{uint64_t{1} << 20, 100'000};
inline constexpr TomlLimits kManifestLimits{uint64_t{16} << 20, 400'000};

// Parses TOML text. Throws Error: bad_value (not TOML), too_large (over the limits, or nested deeper than 32
// levels or 64 dotted keys: no Pkg writes such files, and a parser's stack is finite).
TomlTable parse_toml(std::string_view text, const std::string& name_for_messages,
                     const TomlLimits& limits = kManifestLimits);

struct ProjectFile {
  std::string path;  // of the file, as the view's caller knows it
  std::string name;  // empty where it is not a package's
  std::optional<Uuid> uuid;
  std::string entryfile;  // 1.11 and later; empty: src/Name.jl
  std::string manifest;   // a path relative to the project's folder; empty: the usual names
  std::map<std::string, Uuid> deps, weakdeps, extras;
  std::map<std::string, std::vector<std::string>> extensions;  // triggers, by name (1.9 and later)
  // [workspace] projects: folders relative to the project's own whose manifest and preferences are this
  // project's (1.12 and later).
  std::vector<std::string> workspace;
  TomlTable preferences;             // the [preferences] section
  std::string julia_syntax_version;  // [syntax] julia_version, empty where not given
  std::string oldest_julia;          // "1.6", the least that [compat] julia admits; likewise
  bool operator==(const ProjectFile&) const = default;
};

struct ManifestEntry {
  std::string name;
  Uuid uuid;
  std::optional<Sha1> tree;  // git-tree-sha1
  std::string path;          // relative to the manifest's folder unless absolute; empty if none
  std::string version;
  std::string entryfile;             // 1.11 and later; empty: src/Name.jl
  std::string julia_syntax_version;  // [syntax] julia_version (1.14 and later), empty where not given
  // Names with UUIDs where the manifest gives them (a table); else only the names (an array): a nil UUID.
  std::map<std::string, Uuid> deps, weakdeps;
  std::map<std::string, std::vector<std::string>> extensions;  // triggers, by name
};

struct Manifest {
  std::string path;
  int format = 1;             // major of manifest_format
  std::string julia_version;  // of the Julia that resolved it; empty in format 1
  std::vector<ManifestEntry> entries;
  // Numbers of entries by UUID, by name, and by the names of their extensions; made by parse_manifest. Many
  // packages have an extension of the same name.
  std::map<Uuid, size_t> by_uuid;
  std::map<std::string, size_t> by_name;
  std::multimap<std::string, size_t> by_extension;
  const ManifestEntry* find(const Uuid& uuid) const noexcept;
  // The UUID of a dependency called `name` of the package `from`: its table, or the only entry of that name.
  std::optional<Uuid> dependency(const Uuid& from, std::string_view name) const;
};

// Reads text. Throws as parse_toml, and bad_value where a field has another type than Julia expects.
ProjectFile parse_project(std::string_view text, const std::string& path);
Manifest parse_manifest(std::string_view text, const std::string& path);

// Reads a whole file of at most `limit` bytes. Throws Error (io, too_large).
std::string read_small_file(const std::string& actual_path, uint64_t limit = 16u << 20);

// An environment folder, or a project file. Absent files leave their part empty.
struct Environment {
  std::string directory;
  // There is no project file: packages are found in the folder itself, by their names (an implicit
  // environment; Sys.STDLIB is one).
  bool is_package_folder = false;
  std::optional<ProjectFile> project;
  // Of a member of a workspace (1.12 and later): the manifest of the workspace's root.
  std::optional<Manifest> manifest;
  // [preferences] of the project with the LocalPreferences file merged over it, by package name
  // (base/loading.jl: collect_preferences, recursive_prefs_merge with its __clear__ lists).
  TomlTable preferences;
  // The workspaces that it is a member of, the nearest first, without their manifests (1.12 and later).
  std::vector<Environment> workspaces;
  // Its files could not be read, or are not what Julia expects: who asks it gets no answer.
  std::optional<Error> problem;
};
// `project`: a folder or a project file, as Julia's --project takes it. Julia's names in Julia's order:
// JuliaProject.toml before Project.toml, JuliaManifest-vX.Y, Manifest-vX.Y (`version` 1.10.8 and later, 1.11
// and later), JuliaManifest, Manifest; JuliaLocalPreferences before LocalPreferences. `home`: where the
// search for a workspace that the project is a member of ends; empty: at the root.
Environment read_environment(const std::string& project, const std::string& julia_version,
                             const FileView& view, const std::string& home = {});

// What Julia asks, one after the other (base/initdefs.jl: load_path).
struct LoadPath {
  std::vector<Environment> environments;
  std::vector<std::string> absent;  // elements that name a path where nothing is
};
// A load path of nothing else.
std::shared_ptr<const LoadPath> load_path_of(Environment environment);
struct LoadPathOptions {
  std::string julia_version;        // "1.10.8"; empty: not known
  std::vector<std::string> depots;  // DEPOT_PATH, for named environments
  std::string stdlib;               // Sys.STDLIB; empty: not known, "@stdlib" is left out
  std::string active_project;       // what "@" stands for; empty: nothing
  std::string folder;               // the working directory, for "@." and relative paths
  std::string home;                 // for "~", and where searches upwards end
};
// The elements of a text like JULIA_LOAD_PATH: what an empty element stands for put in ("@", "@v#.#",
// "@stdlib"), repeated ones once.
std::vector<std::string> split_load_path(std::string_view text);
// The folder or project file that an element means (load_path_expand): "@" the active project, "@." that of
// the working directory or above, "@stdlib", "@name" one below a depot's environments/ ("#" stands for the
// numbers of the version), else a path. Nothing where it means none.
std::optional<std::string> expand_load_path_element(const std::string& element,
                                                    const LoadPathOptions& options, const FileView& view);
// Never throws for what is wrong with an environment: see Environment::problem.
LoadPath read_load_path(const std::vector<std::string>& elements, const LoadPathOptions& options,
                        const FileView& view);

// The project file of a folder (JuliaProject.toml before Project.toml), if there is one.
std::optional<ProjectFile> read_project_of(const std::string& folder, const FileView& view);

// recursive_prefs_merge(base, over): tables are merged, `over` wins, names in a `__clear__` list are dropped
// first.
TomlTable merge_preferences(TomlTable base, const TomlTable& over);

}  // namespace jireloc
