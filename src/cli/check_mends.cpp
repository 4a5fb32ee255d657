// The one command that mends all images of a cause.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_set>

#include "cli/check_causes.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"
#include "cli/shell_words.hpp"
#include "jireloc/depot.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t kNamed = 3;  // more images are named by their folder, or by --list

// Images that no session of their Julia would take again, whatever its project: they may be removed.
constexpr Code kUseless[] = {Code::empty_worklist,
                             Code::library_absent,
                             Code::bad_library_checksum,
                             Code::bad_file_checksum,
                             Code::source_mtime_change,
                             Code::include_dependency_mtime_change,
                             Code::missing_sourcefile,
                             Code::include_dependency_fsize_change,
                             Code::include_dependency_fhash_change,
                             Code::source_content_changed};

bool is_useless(const Cause& cause) {
  const auto* again = std::get_if<fix::CompileAgain>(&cause.fix);
  if (cause.code == Code::incompatible_header) return again != nullptr && again->damaged;
  return std::find(std::begin(kUseless), std::end(kUseless), cause.code) != std::end(kUseless);
}

std::string names_of(const Cause& cause) {
  std::string names;
  for (const Cause::Image& image : cause.images) names += " " + shell_word(image.image->path);
  return names;
}

std::string list_command(const Cause& cause, const CommandLine& line) {
  return as_typed(line, fmt::format("--list {} ", shell_word(name_of(cause))));
}

std::string places_of(const CommandLine& line) {
  std::string options;
  for (const std::string_view name : {"mount", "root", "depot"}) {
    for (const std::string& value : line.all(name))
      options += fmt::format(" --{} {}", name, shell_word(value));
  }
  return options;
}

bool is_mapped(const Cause& cause, const std::string& source) {
  return std::any_of(cause.maps.begin(), cause.maps.end(),
                     [&](const fix::MapPaths& map) { return is_path_prefix(map.from, source); });
}

// Whether a map would also reach an image below the folder that is well as it is.
bool reaches_others(const Cause& cause, const std::string& folder, const CheckedImages& images) {
  if (!std::holds_alternative<fix::MapPaths>(cause.fix)) return false;
  std::unordered_set<const CheckedImage*> members;
  for (const Cause::Image& member : cause.images) members.insert(member.image);
  return std::any_of(images.begin(), images.end(), [&](const auto& image) {
    return image->input && image->report.verdict == Verdict::fresh && !members.contains(image.get()) &&
           image->path.starts_with(folder + "/") && is_mapped(cause, image->report.recorded_source);
  });
}

std::string command_to_rewrite(const Cause& cause, const CheckedImages& images, const CommandLine& line) {
  std::string command = "jireloc rewrite";
  for (const fix::MapPaths& map : cause.maps) command += " --map " + shell_word(map_argument(map));
  if (cause.file_times) command += " --mtime files";
  command += places_of(line);
  if (cause.images.size() <= kNamed) return command + names_of(cause);
  const std::string folder = common_place(cause);
  if (!folder.empty() && !reaches_others(cause, folder, images)) return command + " " + shell_word(folder);
  return fmt::format("{} | {} --files-from -", list_command(cause, line), command);
}

std::string remove_command(const Cause& cause, const CommandLine& line) {
  if (cause.images.size() <= kNamed) return "rm --" + names_of(cause);
  return list_command(cause, line) + " | xargs -d '\\n' rm --";
}

std::string depot_of(const Cause& cause) {
  const auto parts = parse_cache_path(cause.images[0].image->recorded);
  return parts ? parts->depot : std::string();
}

// Up to 1.5 Pkg.precompile() passes by what depends on the packages that it compiles; loading does not.
std::string_view compile_all(const Cause& cause) {
  const auto parts = parse_cache_path(cause.images[0].image->recorded);
  const bool passes_by =
      parts && JuliaVersion::parse(parts->version.substr(1) + ".0") < JuliaVersion{1, 6, 0, ""};
  return passes_by ? "foreach(name -> Base.require(Main, Symbol(name)), keys(Pkg.installed()))"
                   : "Pkg.precompile()";
}

bool is_users_own(std::string_view depot) {
  const char* home = std::getenv("HOME");
  return home != nullptr && depot == std::string(home) + "/.julia";
}

// What Julia has to be told so that it compiles into `depot`; empty: nothing.
std::string depot_setting(const CommandLine& line, std::string_view depot) {
  const std::string path = line.common.depot.value_or("");
  const bool is_first = !path.empty() && path.substr(0, path.find(':')) == depot;
  const bool is_set = line.common.depot && !line.has("depot");  // in the environment
  if (depot.empty() || (is_first && is_set) || (path.empty() && is_users_own(depot))) return {};
  const std::string all = is_first ? path : fmt::format("{}:{}", depot, path);
  return fmt::format("JULIA_DEPOT_PATH={} ", shell_word(all));
}

}  // namespace

std::string compile_command(const CommandLine& line, std::string_view depot, std::string_view what) {
  // What Julia sees elsewhere than here is not this shell's to compile.
  if (!line.common.mounts.empty()) return {};
  const std::string julia = line.has("julia") ? shell_word(line.get("julia")) : "julia";
  const std::string project = line.common.project ? "=" + shell_word(*line.common.project) : "";
  return fmt::format("{}{} --project{} -e {}", depot_setting(line, depot), julia, project,
                     shell_word(fmt::format("using Pkg; {}", what)));
}

std::string mend_command(const Cause& cause, const CheckedImages& images, const CommandLine& line) {
  if (cause.is_rewritten()) return cause.named ? command_to_rewrite(cause, images, line) : "";
  const bool compiles = std::holds_alternative<fix::CompileAgain>(cause.fix) ||
                        cause.code == Code::library_absent || cause.code == Code::preferences_hash_mismatch;
  const bool installs = cause.code == Code::dep_missing_source;
  if ((!compiles && !installs) || cause.code == Code::modified_tree) return {};
  std::string again =
      compile_command(line, depot_of(cause), installs ? "Pkg.instantiate()" : compile_all(cause));
  // For the processor that asks, and for any other.
  if (cause.code == Code::target_mismatch && !again.empty())
    again.insert(0, "JULIA_CPU_TARGET='generic;native,clone_all' ");
  const bool removes = compiles && cause.named && is_useless(cause);
  if (!removes) return again;
  const std::string remove = remove_command(cause, line);
  return again.empty() ? remove : fmt::format("{} && {}", remove, again);
}

std::string mend_sentence(const Cause& cause) {
  if (cause.code == Code::modified_tree)
    return "install the package again, then compile it again, if the change is not wanted";
  if (std::holds_alternative<fix::CompileAgain>(cause.fix))
    return "compile them again, with the Julia and project that load them";
  return spelled(cause.fix);
}

}  // namespace jireloc::cli
