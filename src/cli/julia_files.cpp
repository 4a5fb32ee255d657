#include "cli/julia_files.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "cli/places.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

// The texts between quotes behind `start`, up to the end of the statement; escapes do not occur in them.
std::vector<std::string> quoted_after(std::string_view text, std::string_view start, size_t number) {
  std::vector<std::string> found;
  size_t at = text.find(start);
  if (at == std::string_view::npos) return found;
  for (at += start.size(); found.size() < number;) {
    const size_t begin = text.find('"', at);
    const size_t end = begin == std::string_view::npos ? begin : text.find('"', begin + 1);
    if (end == std::string_view::npos) return {};
    found.emplace_back(text.substr(begin + 1, end - begin - 1));
    at = end + 1;
  }
  return found;
}

std::string value_of(std::string_view text, std::string_view constant) {
  const auto found = quoted_after(text, fmt::format("const {} =", constant), 1);
  return found.empty() ? std::string() : found[0];
}

// JL_BUILD_UNAME (src/Makefile) of the triplet that Julia was built for.
std::string kernel_of(std::string_view triplet) {
  constexpr std::pair<std::string_view, std::string_view> kernels[] = {
      {"linux", "Linux"}, {"darwin", "Darwin"},   {"apple", "Darwin"},
      {"mingw", "NT"},    {"freebsd", "FreeBSD"}, {"openbsd", "OpenBSD"}};
  for (const auto& [part, kernel] : kernels)
    if (triplet.find(part) != std::string_view::npos) return std::string(kernel);
  return {};
}

uint8_t pointer_size_of(std::string_view arch) {
  if (arch.empty()) return 0;
  return arch.find("64") != std::string_view::npos ? 8 : 4;
}

std::string base_file(const std::string& folder, std::string_view name, const FileView& view) {
  const std::string file = fmt::format("{}/share/julia/base/{}", folder, name);
  if (!view.known_status(file).is_file())
    throw Error(ErrorKind::usage,
                fmt::format("--julia: there is no {}; name the folder that holds bin and share of a Julia, "
                            "or a program that can run here, or give --julia-version",
                            file));
  return read_small_file(view.actual(file));
}

Prefix prefix_of(const std::string& folder, const FileView& view) {
  const std::string build = base_file(folder, "build_h.jl", view);
  const std::string git = base_file(folder, "version_git.jl", view);
  const auto commit = quoted_after(git, "const GIT_VERSION_INFO = GitVersionInfo(", 3);
  const std::string machine = value_of(build, "MACHINE");
  Prefix prefix;
  prefix.version = value_of(build, "VERSION_STRING");
  if (prefix.version.empty() || commit.empty())
    throw Error(ErrorKind::usage, "--julia: build_h.jl and version_git.jl tell no version and commit",
                folder + "/share/julia/base");
  prefix.commit = commit[0];
  prefix.branch = commit[2];
  prefix.arch = machine.substr(0, machine.find('-'));
  prefix.uname = kernel_of(machine);
  prefix.pointer_size = pointer_size_of(prefix.arch);
  return prefix;
}

JuliaFacts of_version(const std::string& text) {
  if (!JuliaVersion::find(text))
    throw Error(ErrorKind::usage, fmt::format("--julia-version: '{}' is no version, like 1.12.5", text));
  return of_version_alone(text);
}

}  // namespace

JuliaFacts of_version_alone(const std::string& version) {
  JuliaFacts facts;
  Prefix prefix;
  prefix.pointer_size = 0;
  prefix.version = version;
  facts.expected.prefix = prefix;
  facts.expected.only_version = true;
  return facts;
}

JuliaFacts read_julia(const std::string& folder, const FileView& view) {
  JuliaFacts facts;
  const Prefix prefix = prefix_of(folder, view);
  const JuliaVersion version = JuliaVersion::parse(prefix.version);
  facts.expected.prefix = prefix;
  facts.expected.stdlib = fmt::format("{}/share/julia/stdlib/v{}.{}", folder, version.major, version.minor);
  facts.bindir = folder + "/bin";
  const char* depots = std::getenv("JULIA_DEPOT_PATH");
  facts.depots = expanded_depots(depots == nullptr ? std::nullopt : std::optional<std::string>(depots),
                                 version, facts.bindir);
  return facts;
}

JuliaFacts named_julia(const CommandLine& line) {
  const std::string named = expand_home(line.get("julia"));
  const std::string here = place_here(line.common, named);
  if (!file_status(here).is_directory()) return ask_julia(named);
  return read_julia(seen_depot(line.common, named), *file_view(line.common));
}

std::optional<JuliaFacts> expected_julia(const CommandLine& line) {
  if (line.has("julia") && line.has("julia-version"))
    throw Error(ErrorKind::usage, "--julia and --julia-version say the same: give one");
  if (line.has("julia")) return named_julia(line);
  if (line.has("julia-version")) return of_version(line.get("julia-version"));
  return std::nullopt;
}

}  // namespace jireloc::cli
