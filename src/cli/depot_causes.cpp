#include "cli/depot_causes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.hpp"
#include "cli/reasons.hpp"
#include "cli/shell_words.hpp"

namespace jireloc::cli {
namespace {

// In `command`, {again} is the command line as it was typed, with the option of the setting; {path} the first
// such item, {from} and {to} the depots, {name} the package, {compile} and {install} what makes {path} anew.
struct Advice {
  Code cause;
  std::string_view command;
  Setting setting = Setting::none;
};

constexpr std::string_view kCompile = "rm {path} && julia --project -e 'using Pkg; Pkg.precompile()'";
constexpr std::string_view kInstall = "rm -r {path} && julia --project -e 'using Pkg; Pkg.instantiate()'";
constexpr std::string_view kCompileAgain = "compile again: {compile}";
constexpr std::string_view kInstallAgain = "install again: {install}";
constexpr std::string_view kRemove = "remove it: rm -r {path}";
constexpr std::string_view kAlias = "give the target a short name: {again}";

constexpr Advice kAdvice[] = {
    {Code::build_script, "take them all the same: {again}", Setting::build_scripts},
    {Code::modified_tree, kInstallAgain},
    {Code::untrusted_tree, "name one that lists them: {again} --registry PATH"},
    {Code::developed, "install a released version: julia --project -e 'using Pkg; Pkg.free(\"{name}\")'"},
    {Code::outside_depots, "say where they lie for users of the target: {again} OLD=NEW", Setting::map},
    {Code::unproven, kCompileAgain},
    {Code::unproven_absent, kCompileAgain},
    {Code::stale, kCompileAgain},
    {Code::library_absent, kCompileAgain},
    {Code::dependency_missing, "compile again, with the Julia that will load them: {compile}"},
    {Code::too_long, kAlias, Setting::alias},
    {Code::cannot_grow, kAlias, Setting::alias},
    {Code::not_enough_padding, kAlias, Setting::alias},
    {Code::compressed, "compile again without --compress-sysimage: {compile}"},
    {Code::experimental, "try it: {again}", Setting::experimental},
    {Code::constant_would_break,
     "see which: jireloc scan --all-paths --map {from}={to} {path}; copy them there, or say of what stays "
     "--keep-path, of what was copied --moved-path, of scratch spaces --with-scratchspaces"},
    {Code::residue, "see where: jireloc scan {path}"},
    {Code::too_large, "allow more, with the option that is named above"},
    {Code::not_a_slug, kRemove},
    {Code::not_a_tree_hash, kRemove},
    {Code::no_uuid, "name a manifest that lists it: {again} --manifest FILE"},
    {Code::name_mismatch, kInstallAgain},
    {Code::unreadable_project, kInstallAgain},
    {Code::unreadable_tree, kInstallAgain},
    {Code::four_letter_slug, kRemove},
    {Code::too_many, ""},
};

constexpr std::string_view kConflict =
    "something else is at the target, and stays; see what is sound there: jireloc prune {to}";
constexpr std::string_view kFailed = "could not be read or written; mend what is said above, then: {again}";
constexpr std::string_view kDamaged = "cannot be read, or not relocated";

const Advice* advice_for(Code cause) {
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

std::string filled(std::string text, const CommandLine& line, const std::string& path) {
  const std::string depot = line.common.paths.empty() ? line.get("from") : line.common.paths[0];
  replace_all(text, "{compile}", std::string(kCompile));
  replace_all(text, "{install}", std::string(kInstall));
  replace_all(text, "{again}", as_typed(line));
  replace_all(text, "{path}", shell_word(path));
  replace_all(text, "{from}", shell_word(depot));
  if (line.takes("to")) replace_all(text, "{to}", shell_word(line.get("to")));
  replace_all(text, "{name}", printable(package_of(path)));
  return text;
}

std::string advice(DepotItemStatus status, Code cause) {
  if (status == DepotItemStatus::conflict) return std::string(kConflict);
  if (status == DepotItemStatus::failed && cause != Code::too_large) return std::string(kFailed);
  const Advice* found = advice_for(cause);
  if (found == nullptr) return fmt::format("{}; {}", kDamaged, kCompileAgain);
  std::string command(found->command);
  if (found->setting != Setting::none)
    replace_all(command, "{again}", fmt::format("{{again}} {}", option_for(found->setting)));
  return fmt::format("{}{}{}", meaning(cause), command.empty() ? "" : "; ", command);
}

}  // namespace

void DepotCauses::add(const DepotItem& item) {
  const bool stays_out = item.status == DepotItemStatus::dropped ||
                         item.status == DepotItemStatus::conflict || item.status == DepotItemStatus::failed;
  if (!stays_out || item.kind == DepotItemKind::leftover || item.kind == DepotItemKind::alias) return;
  Group& group = groups_[{item.status, std::string(name(root_cause(item)))}];
  ++group.counts[item.kind];
  group.cause = root_cause(item);
  if (group.is_own) return;
  if (item.cause == Code::none || group.path.empty()) group.path = item.path;
  group.is_own = item.cause == Code::none;
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
                        filled(advice(status, group.cause), line, group.path));
  }
  return text;
}

}  // namespace jireloc::cli
