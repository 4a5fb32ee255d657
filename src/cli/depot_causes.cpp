#include "cli/depot_causes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.hpp"
#include "cli/shell_words.hpp"

namespace jireloc::cli {
namespace {

// In `command`, {again} is the command line as it was typed, {path} the first such item, {from} and {to} the
// depots, {name} the package.
struct Advice {
  std::string_view cause, meaning, command;
};

constexpr std::string_view kCompileAgain =
    "compile again: rm {path} && julia --project -e 'using Pkg; Pkg.precompile()'";
constexpr std::string_view kInstallAgain =
    "install again: rm -r {path} && julia --project -e 'using Pkg; Pkg.instantiate()'";
constexpr std::string_view kAlias = "give the target a short name: {again} --payload-alias=auto";

constexpr Advice kAdvice[] = {
    {"build_script", "a deps/build.jl may have made files for this machine only",
     "take them all the same: {again} --allow-build-scripts"},
    {"modified_tree", "changed after installation", kInstallAgain},
    {"untrusted_tree", "in no trusted manifest or registry",
     "name one that lists them: {again} --registry PATH"},
    {"developed", "compiled from checkouts, not from installed packages",
     "install a released version: julia --project -e 'using Pkg; Pkg.free(\"{name}\")'"},
    {"outside_depots", "sources lie outside of both depots",
     "say where they lie for users of the target: {again} --map OLD=NEW"},
    {"unproven", "sources are not those that were compiled", kCompileAgain},
    {"unproven_absent", "sources are not at the target, so nothing proves them", kCompileAgain},
    {"stale", "Julia would not accept them at the target", kCompileAgain},
    {"library_missing", "the native library is not there", kCompileAgain},
    {"library-absent", "the native library is not there", kCompileAgain},
    {"dependency_missing", "they need builds of which there is no image",
     "compile again, with the Julia that will load them: rm {path} && julia --project -e 'using Pkg; "
     "Pkg.precompile()'"},
    {"too-long", "the target's path has no room in their code", kAlias},
    {"cannot-grow", "the target's path has no room in their code", kAlias},
    {"not-enough-padding", "the checksum of their code cannot be kept", kAlias},
    {"compressed", "their code is compressed, and cannot be packed again where it lies",
     "compile again without --compress-sysimage: rm {path} && julia --project -e 'using Pkg; "
     "Pkg.precompile()'"},
    {"experimental", "of a layout that was never tried on a real image", "try it: {again} --experimental"},
    {"constant_would_break", "their code names files that would not be at the target",
     "see which: jireloc scan --all-paths --map {from}={to} {path}; copy them there, or say of what stays "
     "--keep-path, of what was copied --moved-path, of scratch spaces --with-scratchspaces"},
    {"residue", "their code would still name the old place", "see where: jireloc scan {path}"},
    {"too_large", "they cost, or bring, more than a limit allows",
     "allow more, with the option that is named above"},
    {"not_a_slug", "not what Pkg installs", "remove it: rm -r {path}"},
    {"not_a_tree_hash", "not what Pkg installs", "remove it: rm -r {path}"},
    {"no_uuid", "no project file with a UUID", "name a manifest that lists it: {again} --manifest FILE"},
    {"name_mismatch", "the project file has another name", kInstallAgain},
    {"unreadable_project", "the project file cannot be read", kInstallAgain},
    {"unreadable_tree", "cannot be verified", kInstallAgain},
    {"four_letter_slug", "an old, short folder name that is soon forged", "remove it: rm -r {path}"},
    {"too_many", "beyond --max-per-package", ""},
};

constexpr std::string_view kConflict =
    "something else is at the target, and stays; see what is sound there: jireloc prune {to}";
constexpr std::string_view kFailed = "could not be read or written; mend what is said above, then: {again}";
constexpr std::string_view kDamaged = "cannot be read, or not relocated";

const Advice* advice_for(std::string_view cause) {
  const auto* found =
      std::find_if(std::begin(kAdvice), std::end(kAdvice), [&](const Advice& a) { return a.cause == cause; });
  return found == std::end(kAdvice) ? nullptr : found;
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// "packages/NAME/SLUG" and "compiled/vX.Y/NAME/FILE": the folder above names the package.
std::string package_of(const std::string& path) {
  const size_t last = path.rfind('/');
  if (last == std::string::npos || last == 0) return path;
  const size_t above = path.rfind('/', last - 1);
  return path.substr(above + 1, last - above - 1);
}

std::string filled(std::string_view format, const CommandLine& line, const std::string& path) {
  std::string text(format);
  const std::string depot = line.common.paths.empty() ? line.get("from") : line.common.paths[0];
  replace_all(text, "{again}", as_typed(line));
  replace_all(text, "{path}", shell_word(path));
  replace_all(text, "{from}", shell_word(depot));
  if (line.takes("to")) replace_all(text, "{to}", shell_word(line.get("to")));
  replace_all(text, "{name}", printable(package_of(path)));
  return text;
}

std::string sentence(DepotItemStatus status, std::string_view cause) {
  if (status == DepotItemStatus::conflict) return std::string(kConflict);
  if (status == DepotItemStatus::failed && cause != "too_large") return std::string(kFailed);
  const Advice* advice = advice_for(cause);
  if (advice == nullptr) return fmt::format("{}; {}", kDamaged, kCompileAgain);
  return std::string(advice->meaning) + (advice->command.empty() ? "" : fmt::format("; {}", advice->command));
}

}  // namespace

void DepotCauses::add(const DepotItem& item) {
  const bool stays_out = item.status == DepotItemStatus::dropped ||
                         item.status == DepotItemStatus::conflict || item.status == DepotItemStatus::failed;
  if (!stays_out || item.kind == DepotItemKind::leftover || item.kind == DepotItemKind::alias) return;
  Group& group = groups_[{item.status, std::string(root_cause(item))}];
  ++group.counts[item.kind];
  if (group.is_own) return;
  if (item.cause.empty() || group.path.empty()) group.path = item.path;
  group.is_own = item.cause.empty();
}

std::string DepotCauses::text(const CommandLine& line) const {
  std::string text;
  for (const auto& [key, group] : groups_) {
    const auto& [status, cause] = key;
    std::string counts;
    for (const auto& [kind, count] : group.counts)
      counts +=
          fmt::format("{}{} {}{}", counts.empty() ? "" : ", ", count, name(kind), count == 1 ? "" : "s");
    text += fmt::format("{}, {}: {}: {}\n", name(status), cause, counts,
                        filled(sentence(status, cause), line, group.path));
  }
  return text;
}

}  // namespace jireloc::cli
