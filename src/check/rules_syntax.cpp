// The rule about the syntax that a package was parsed with (1.14 and later).
#include <fmt/format.h>

#include <algorithm>

#include "check/environments.hpp"
#include "check/subject.hpp"
#include "jireloc/error.hpp"

namespace jireloc::check {
namespace {

// There is no older one, so that everything older is taken for it (NON_VERSIONED_SYNTAX).
constexpr std::string_view oldest_syntax = "1.13";

// The syntax that a package's own project asks for (project_get_syntax_version, base/loading.jl, 1.14): its
// [syntax], else the oldest Julia that its [compat] admits, else that of the running Julia.
std::string syntax_of_project(const ProjectFile& project, const JuliaVersion& running) {
  if (!project.julia_syntax_version.empty()) return project.julia_syntax_version;
  if (!project.oldest_julia.empty()) return project.oldest_julia;
  return fmt::format("{}.{}", running.major, running.minor);
}

// Of a package that the manifest lists: its [syntax] there, else the oldest, since a Pkg that knows syntaxes
// writes them (explicit_manifest_entry_load_spec). Nothing where the manifest does not tell: it does not list
// the package, or it is a standard library, which is loaded from its own place.
std::optional<std::string> syntax_in_manifest(const Manifest& manifest, const ModuleId& module) {
  const ManifestEntry* entry = manifest.find(module.uuid);
  if (entry == nullptr || (!entry->tree && entry->path.empty())) return std::nullopt;
  return entry->julia_syntax_version.empty() ? std::string(oldest_syntax) : entry->julia_syntax_version;
}

// Of an extension: its parent's.
std::optional<std::string> syntax_in(const Environment& environment, const ModuleId& module,
                                     const JuliaVersion& running) {
  require_readable(environment);
  const auto extension = find_extension(environment, module);
  const ModuleId& package = extension ? extension->parent : module;
  if (is_project_of(environment.project, package)) return syntax_of_project(*environment.project, running);
  return environment.manifest ? syntax_in_manifest(*environment.manifest, package) : std::nullopt;
}

// Nothing where it cannot be told.
std::optional<std::string> wanted_syntax(const Subject& subject) {
  const ModuleId& module = subject.report.module;
  const auto& load_path = subject.context.load_path;
  if (!load_path || module.uuid.is_nil()) return std::nullopt;
  for (const Environment& environment : load_path->environments)
    if (auto syntax = syntax_in(environment, module, subject.version)) return syntax;
  const auto folder = package_folder_of(subject.report.located_source);
  if (!folder) return std::nullopt;
  try {
    const auto project = read_project_of(folder->folder, *subject.context.view);
    if (project) return syntax_of_project(*project, subject.version);
  } catch (const Error&) {
    // said by the rules that look at sources
  }
  return std::nullopt;
}

}  // namespace

void check_syntax_version(Subject& subject) {
  if (!subject.file.layout->syntax_version) return;
  const auto wanted = wanted_syntax(subject);
  if (!wanted) return;
  // cache_syntax_version
  const int number = std::clamp(JuliaVersion::parse(*wanted).minor - 13, 0, 255);
  if (number == subject.file.syntax_version) return;
  subject.reject(Code::syntax_version_mismatch,
                 fmt::format("it was parsed with syntax version number {}, its environment asks for {}",
                             subject.file.syntax_version, number),
                 {}, fix::CompileAgain{"another syntax gives other code"});
}

}  // namespace jireloc::check
