#include "relocate/judge_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "jireloc/depot.hpp"
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
  return ::lstat(path.c_str(), &info) == 0;
}

std::vector<Remark> refused(std::string code, std::string message) {
  return {{std::move(code), std::move(message)}};
}

std::vector<Remark> judge_trust(const FolderVerdict& verdict, const Uuid& uuid, const TrustedTrees& trusted) {
  const auto hash = parse_sha1(verdict.tree_sha1);
  const auto known = trusted.find(uuid);
  if (hash && known != trusted.end() && known->second.contains(*hash)) return {};
  return refused("untrusted_tree",
                 fmt::format("no trusted manifest or registry lists its tree {}", verdict.tree_sha1));
}

}  // namespace

std::optional<Uuid> package_uuid(const std::string& folder) {
  try {
    const auto project = read_project_of(folder, FileView());
    if (project) return project->uuid;
  } catch (const Error&) {
    // judge_package says what is wrong with it
  }
  return {};
}

std::vector<Remark> judge_package(const std::string& folder, const std::string& name, const std::string& slug,
                                  const DepotRules& rules, ProofCache& proofs) {
  if (!is_slug(slug)) return refused("not_a_slug", "its folder's name is no version slug");
  try {
    const auto project = read_project_of(folder, FileView());
    if (!project || !project->uuid)
      return refused("no_uuid",
                     "it has no project file with a UUID, so its folder's name cannot be verified");
    if (!project->name.empty() && project->name != name)
      return refused("name_mismatch", fmt::format("its project file calls it {}", project->name));
    if (!rules.allow_build_scripts && is_there(folder + "/deps/build.jl"))
      return refused("build_script",
                     "it has a deps/build.jl, which may have made files for this machine only "
                     "(--allow-build-scripts keeps it)");
    const FolderVerdict verdict = judge_package_folder(folder, slug, *project->uuid, proofs);
    if (!verdict.unmodified) return refused("unreadable_tree", verdict.problem);
    if (!*verdict.unmodified)
      return refused("modified_tree",
                     fmt::format("it was changed after its installation: its tree {} does not give "
                                 "the folder's name",
                                 verdict.tree_sha1));
    if (rules.trusted) return judge_trust(verdict, *project->uuid, *rules.trusted);
    return {};
  } catch (const Error& error) {
    return refused("unreadable_project", error.message());
  }
}

std::vector<Remark> judge_artifact(const std::string& folder, const std::string& name) {
  const auto expected = parse_sha1(name);
  if (!expected || name.size() != 40)
    return refused("not_a_tree_hash", "its folder's name is no git tree hash");
  try {
    const TreeHash tree = tree_hash(folder);
    if (tree.hash == *expected || tree.quirk == *expected) return {};
    return refused("modified_tree", fmt::format("its content has the tree hash {}", sha1_text(tree.hash)));
  } catch (const Error& error) {
    return refused("unreadable_tree", error.message());
  }
}

}  // namespace jireloc::relocating
