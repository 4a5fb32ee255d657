#include "relocate/judge_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "bytes/file_io.hpp"
#include "bytes/reading.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/environment.hpp"

namespace jireloc::relocating {
namespace {

bool is_slug(const std::string& text) {
  return (text.size() == 4 || text.size() == 5) && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c < 0x80 && std::isalnum(c) != 0;
         });
}

bool is_there(const std::string& path) {
  struct stat info {};
  const int result = retried(
      [&] { return reading_file_system().stat_at(AT_FDCWD, path.c_str(), info, AT_SYMLINK_NOFOLLOW); });
  if (result == -ENOENT || result == -ENOTDIR) return false;
  checked(result, "stat", path);
  return true;
}

std::vector<Reason> refused(Code code, std::string message, Fix fix = {}) {
  return {{code, std::move(message), {}, std::move(fix)}};
}

// What an error says against the folder. What is no word against it goes on.
std::vector<Reason> refused_for(const Error& error, Code code) {
  if (!is_disproof(error.kind())) throw Error(error);
  return refused(code, error.message());
}

// Why a folder has no hash, as a word against it; what is none goes on.
std::vector<Reason> unhashable(const ProofCache::Tree& tree) {
  if (!is_disproof(tree.problem.code)) {
    Reason problem = tree.problem;
    const bool says_which = !std::holds_alternative<std::monostate>(problem.fix);
    if (problem.code == Code::too_large && !says_which) problem.fix = fix::Choose{Setting::package_limits};
    throw Error(std::move(problem));
  }
  return refused(Code::unreadable_tree, tree.problem.message);
}

std::vector<Reason> judge_trust(const FolderVerdict& verdict, const Uuid& uuid, const TrustedTrees& trusted) {
  const auto hash = parse_sha1(verdict.tree_sha1);
  const auto known = trusted.find(uuid);
  if (hash && known != trusted.end() && known->second.contains(*hash)) return {};
  return refused(Code::untrusted_tree,
                 fmt::format("no trusted manifest or registry lists its tree {}", verdict.tree_sha1));
}

// A package of before there were project files, or whose project file names no package: who is trusted says
// whose it is. Its name stands for it, as Julia looks it up (packages/Name/SLUG), and in it lies src/Name.jl.
std::optional<Uuid> trusted_owner(const std::string& folder, const std::string& name, const std::string& slug,
                                  const TrustedTrees& trusted, ProofCache& proofs) {
  if (!is_there(folder + "/src/" + name + ".jl")) return {};
  const ProofCache::Tree& tree = proofs.tree(folder);
  if (!tree.hash) return {};
  for (const auto& [uuid, trees] : trusted)
    if (trees.contains(tree.hash->hash) &&
        judge_package_folder(folder, slug, uuid, proofs).unmodified.value_or(false))
      return uuid;
  return {};
}

}  // namespace

std::optional<Uuid> package_uuid(const std::string& folder) {
  try {
    const auto project = read_project_of(folder, FileView());
    if (project) return project->uuid;
  } catch (const Error& error) {
    if (!is_disproof(error.kind())) throw;  // else judge_package says what is wrong with it
  }
  return {};
}

std::vector<Reason> judge_package(const std::string& folder, const std::string& name, const std::string& slug,
                                  const DepotRules& rules, ProofCache& proofs) {
  if (!is_slug(slug)) return refused(Code::not_a_slug, "its folder's name is no version slug");
  try {
    const auto project = read_project_of(folder, FileView());
    if (!project) require_certain_absence(folder + "/Project.toml");
    std::optional<Uuid> uuid = project ? project->uuid : std::nullopt;
    if (!uuid && rules.trusted) uuid = trusted_owner(folder, name, slug, *rules.trusted, proofs);
    if (!uuid)
      return refused(Code::no_uuid,
                     "it has no project file with a UUID, so its folder's name cannot be verified (a trusted "
                     "manifest or registry that lists it would)");
    if (project && !project->name.empty() && project->name != name)
      return refused(Code::name_mismatch, "its project file calls it by another name");
    if (!rules.allow_build_scripts && is_there(folder + "/deps/build.jl"))
      return refused(Code::build_script,
                     "it has a deps/build.jl, which may have made files for this machine only",
                     fix::Choose{Setting::build_scripts});
    const FolderVerdict verdict = judge_package_folder(folder, slug, *uuid, proofs);
    if (!verdict.unmodified) return unhashable(proofs.tree(folder));
    if (!*verdict.unmodified)
      return refused(Code::modified_tree,
                     fmt::format("it was changed after its installation: its tree {} does not give "
                                 "the folder's name",
                                 verdict.tree_sha1));
    if (rules.trusted) return judge_trust(verdict, *uuid, *rules.trusted);
    return {};
  } catch (const Error& error) {
    return refused_for(error, Code::unreadable_project);
  }
}

std::vector<Reason> judge_artifact(const std::string& folder, const std::string& name, ProofCache& proofs) {
  const auto expected = parse_sha1(name);
  if (!expected || name.size() != 40)
    return refused(Code::not_a_tree_hash, "its folder's name is no git tree hash");
  const ProofCache::Tree& tree = proofs.tree(folder);
  if (!tree.hash) return unhashable(tree);
  if (tree.hash->hash == *expected || tree.hash->quirk == *expected) return {};
  return refused(Code::modified_tree,
                 fmt::format("its content has the tree hash {}", sha1_text(tree.hash->hash)));
}

std::vector<Reason> outside_of_tree(const ProofCache::Tree& tree) {
  if (!tree.hash || tree.hash->outside.count == 0) return {};
  const OutsideTree& outside = tree.hash->outside;
  std::string names = fmt::format("{}", fmt::join(outside.first, ", "));
  if (outside.count > outside.first.size())
    names += fmt::format(" and {} more", outside.count - outside.first.size());
  return {{Code::outside_tree, fmt::format("its tree hash does not speak of {}", names)}};
}

}  // namespace jireloc::relocating
