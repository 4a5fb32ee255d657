// What project files and manifests say.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"

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
  const auto version = JuliaVersion::find(part.substr(begin, end - begin));
  return version ? std::pair(version->major, version->minor)
                 : std::pair(0, 0);  // Julia throws on it elsewhere
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
