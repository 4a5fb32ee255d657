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
  std::string entryfile;  // 1.11 and later; empty: src/Name.jl
  std::string julia_syntax_version;  // [syntax] julia_version (1.14 and later), empty where not given
  // Names with UUIDs where the manifest gives them (a table); else only the names (an array): a nil UUID.
  std::map<std::string, Uuid> deps, weakdeps;
  std::vector<std::string> extensions;  // names
};

struct Manifest {
  std::string path;
  int format = 1;             // major of manifest_format
  std::string julia_version;  // of the Julia that resolved it; empty in format 1
  std::vector<ManifestEntry> entries;
  // Numbers of entries by UUID, by name, and by the names of their extensions; made by parse_manifest.
  std::map<Uuid, size_t> by_uuid;
  std::map<std::string, size_t> by_name, by_extension;
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
  std::optional<ProjectFile> project;
  std::optional<Manifest> manifest;
  // [preferences] of the project with the LocalPreferences file merged over it, by package name
  // (base/loading.jl: collect_preferences, recursive_prefs_merge with its __clear__ lists).
  TomlTable preferences;
};
// `project`: a folder or a project file, as Julia's --project takes it. Julia's names in Julia's order:
// JuliaProject.toml before Project.toml, JuliaManifest-vX.Y, Manifest-vX.Y (`version` 1.10.8 and later, 1.11
// and later), JuliaManifest, Manifest; JuliaLocalPreferences before LocalPreferences.
Environment read_environment(const std::string& project, const std::string& julia_version,
                             const FileView& view);

// The project file of a folder (JuliaProject.toml before Project.toml), if there is one.
std::optional<ProjectFile> read_project_of(const std::string& folder, const FileView& view);

// recursive_prefs_merge(base, over): tables are merged, `over` wins, names in a `__clear__` list are dropped
// first.
TomlTable merge_preferences(TomlTable base, const TomlTable& over);

}  // namespace jireloc
