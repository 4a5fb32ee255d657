// Tree hashes that a trusted party vouches for: from manifests, and from registries in the forms in which Pkg
// keeps them (Pkg: Registry.RegistryInstance; a folder, or since 1.7 NAME.toml beside NAME.tar.gz).
#include <sys/stat.h>

#include <functional>

#include "depot/archive.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc {
namespace {

constexpr std::string_view kVersions = "/Versions.toml";

const TomlTable* table_in(const TomlTable& table, const std::string& key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : std::get_if<TomlTable>(&found->second.value);
}

const std::string* text_in(const TomlTable& table, const std::string& key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : std::get_if<std::string>(&found->second.value);
}

// The trees that a Versions.toml lists.
std::set<Sha1> trees_of(const TomlTable& versions) {
  std::set<Sha1> trees;
  for (const auto& [version, value] : versions) {
    const auto* fields = std::get_if<TomlTable>(&value.value);
    const std::string* hash = fields == nullptr ? nullptr : text_in(*fields, "git-tree-sha1");
    if (const auto tree = hash == nullptr ? std::nullopt : parse_sha1(*hash)) trees.insert(*tree);
  }
  return trees;
}

using UsePackage = std::function<void(const Uuid& uuid, const std::string& path)>;

void for_each_package(const TomlTable& registry, const std::string& name, const UsePackage& use) {
  const TomlTable* packages = table_in(registry, "packages");
  if (packages == nullptr) throw Error(ErrorKind::bad_value, "no [packages] table: not a registry", name);
  for (const auto& [text, value] : *packages) {
    const auto uuid = Uuid::parse(text);
    const auto* fields = std::get_if<TomlTable>(&value.value);
    const std::string* where = fields == nullptr ? nullptr : text_in(*fields, "path");
    if (uuid && where != nullptr) use(*uuid, *where);
  }
}

void add_folder(const std::string& folder, TrustedTrees& trees) {
  const std::string path = folder + "/Registry.toml";
  for_each_package(parse_toml(read_small_file(path), path), path,
                   [&](const Uuid& uuid, const std::string& where) {
                     std::string versions = folder + "/" + where;
                     versions += kVersions;
                     trees[uuid].merge(trees_of(parse_toml(read_small_file(versions), versions)));
                   });
}

void add_packed(const std::string& archive, TrustedTrees& trees) {
  std::string registry;
  std::map<std::string, std::set<Sha1>, std::less<>> by_package;  // "A/Accessors"
  for_each_archived_file(
      archive, [](std::string_view path) { return path == "Registry.toml" || path.ends_with(kVersions); },
      [&](const std::string& path, const std::string& text) {
        if (path == "Registry.toml")
          registry = text;
        else
          by_package[path.substr(0, path.size() - kVersions.size())] =
              trees_of(parse_toml(text, archive + ": " + path));
      });
  if (registry.empty())
    throw Error(ErrorKind::bad_value, "no Registry.toml in it: not a packed registry", archive);
  for_each_package(parse_toml(registry, archive + ": Registry.toml"), archive,
                   [&](const Uuid& uuid, const std::string& where) {
                     if (const auto found = by_package.find(where); found != by_package.end())
                       trees[uuid].insert(found->second.begin(), found->second.end());
                   });
}

// NAME.toml says which archive beside it is the registry.
std::string archive_beside(const std::string& path) {
  const TomlTable about = parse_toml(read_small_file(path), path);
  const std::string* archive = text_in(about, "path");
  if (archive == nullptr || archive->empty() || archive->find('/') != std::string::npos)
    throw Error(ErrorKind::bad_value,
                "it names no archive beside it (path = \"General.tar.gz\"): not a registry", path);
  return path.substr(0, path.rfind('/') + 1) + *archive;
}

}  // namespace

void add_trusted_manifest(const std::string& path, TrustedTrees& trees) {
  const Manifest manifest = parse_manifest(read_small_file(path), path);
  for (const ManifestEntry& entry : manifest.entries)
    if (entry.tree) trees[entry.uuid].insert(*entry.tree);
}

void add_trusted_registry(const std::string& path, TrustedTrees& trees) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw Error::system(errno, "stat", path);
  if (S_ISDIR(info.st_mode)) return add_folder(path, trees);
  add_packed(path.ends_with(".toml") ? archive_beside(path) : path, trees);
}

}  // namespace jireloc
