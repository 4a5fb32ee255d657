// Where Julia finds a package in the load path (base/loading.jl: identify_package, locate_package).
#include <fmt/format.h>

#include <algorithm>

#include "cli/explain_parts.hpp"

namespace jireloc::cli {
namespace {

std::string joined(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kShown ? text + fmt::format(" and {} more", names.size() - kShown) : text;
}

std::vector<std::string> dependents_of(const Manifest& manifest, const ManifestEntry& entry) {
  std::vector<std::string> names;
  for (const ManifestEntry& other : manifest.entries) {
    const auto found = other.deps.find(entry.name);
    if (found != other.deps.end() && (found->second.is_nil() || found->second == entry.uuid))
      names.push_back(other.name);
  }
  return names;
}

// The names under [extensions] of the parent's project file.
std::string triggers_of(const CheckContext& context, const ManifestEntry& parent,
                        const std::string& extension) {
  const auto source = locate_source({parent.name, parent.uuid}, JuliaVersion{1, 9, 0, ""}, context);
  if (!source || source->empty()) return {};
  const size_t src = source->rfind("/src/");
  if (src == std::string::npos) return {};
  const std::string file = context.view->actual(source->substr(0, src) + "/Project.toml");
  try {
    const TomlTable project = parse_toml(read_small_file(file), file, kProjectLimits);
    const auto extensions = project.find("extensions");
    if (extensions == project.end()) return {};
    const auto* table = std::get_if<TomlTable>(&extensions->second.value);
    if (table == nullptr || !table->contains(extension)) return {};
    const TomlValue& names = table->at(extension);
    if (const auto* name = std::get_if<std::string>(&names.value)) return *name;
    std::vector<std::string> all;
    if (const auto* list = std::get_if<TomlArray>(&names.value))
      for (const TomlValue& value : *list)
        if (const auto* name = std::get_if<std::string>(&value.value)) all.push_back(*name);
    return joined(all);
  } catch (const Error&) {
    return {};  // said by the rules that read it
  }
}

std::string version_text(const ManifestEntry& entry) {
  return entry.version.empty() ? "" : " " + entry.version;
}

void look_into_manifest(const CheckContext& context, const Manifest& manifest, const std::string& package,
                        LookUp& found) {
  const auto entry = std::find_if(
      manifest.entries.begin(), manifest.entries.end(),
      [&](const ManifestEntry& e) { return e.name == package && (!found.uuid || *found.uuid == e.uuid); });
  if (entry != manifest.entries.end()) {
    found.is_known = true;
    found.uuid = entry->uuid;
    found.sentences.push_back(
        fmt::format("{} has {}{} [{}]", manifest.path, package, version_text(*entry), entry->uuid.text()));
    if (found.is_direct) return;
    const auto names = dependents_of(manifest, *entry);
    found.sentences.push_back(
        fmt::format("the project itself does not list it: it is loaded by what needs it{}",
                    names.empty() ? "" : " (" + joined(names) + ")"));
    return;
  }
  const auto parent = manifest.by_extension.find(package);
  if (parent == manifest.by_extension.end()) return;
  found.is_known = true;
  const ManifestEntry& of = manifest.entries[parent->second];
  const std::string triggers = triggers_of(context, of, package);
  found.sentences.push_back(fmt::format(
      "it is an extension of {}{} [{}]: Julia loads it once {}{} are loaded", of.name, version_text(of),
      of.uuid.text(), of.name, triggers.empty() ? " and its triggers" : " and " + triggers));
}

// One environment of the load path.
void look_into(const CheckContext& context, const Environment& environment, const std::string& package,
               LookUp& found) {
  if (environment.problem) {
    found.sentences.push_back(
        fmt::format("{} could not be asked: {}", path_of(environment), environment.problem->what()));
    return;
  }
  if (environment.project) {
    const ProjectFile& project = *environment.project;
    if (project.name == package && project.uuid) {
      found.uuid = project.uuid;
      found.is_known = found.is_direct = true;
      found.sentences.push_back(fmt::format("{} is its own project", project.path));
      return;
    }
    const auto dependency = project.deps.find(package);
    if (dependency != project.deps.end()) {
      found.uuid = dependency->second;
      found.is_known = found.is_direct = true;
      found.sentences.push_back(fmt::format("{} lists it", project.path));
    }
  }
  if (environment.manifest) look_into_manifest(context, *environment.manifest, package, found);
  const std::string folder = environment.directory + "/" + package;
  if (environment.is_package_folder && (context.view->status(folder + "/src/" + package + ".jl").is_file() ||
                                        context.view->status(folder + ".jl").is_file())) {
    found.is_known = found.is_direct = true;
    found.sentences.push_back(fmt::format("{} has it in a folder of its name", environment.directory));
  }
  if (!found.is_known) found.sentences.push_back(fmt::format("{} does not know it", path_of(environment)));
}

}  // namespace

std::string path_of(const Environment& environment) {
  return environment.project ? environment.project->path : environment.directory;
}

LookUp look_up(const CheckContext& context, const std::string& package) {
  LookUp found;
  if (!context.load_path) {
    found.sentences.emplace_back(
        "no project was named (--project): each image is held against the source that it records");
    return found;
  }
  found.is_known = found.is_direct = false;
  for (const Environment& environment : context.load_path->environments) {
    if (found.is_known) break;  // what comes behind is not asked
    look_into(context, environment, package, found);
  }
  return found;
}

}  // namespace jireloc::cli
