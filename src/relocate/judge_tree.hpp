// Whether a package or artifact folder may be cached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jireloc/proof.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc::relocating {

// Why not; empty: it may. Throws Error where that cannot be told: something could not be looked at. `folder`
// is where it lies now (a copy under another name, perhaps), NAME/SLUG what it is to be called.
std::vector<Reason> judge_package(const std::string& folder, const std::string& name, const std::string& slug,
                                  const DepotRules& rules, ProofCache& proofs);
std::vector<Reason> judge_artifact(const std::string& folder, const std::string& name, ProofCache& proofs);

// What a folder that was judged holds besides that: a remark for people; empty where it holds no more.
std::vector<Reason> outside_of_tree(const ProofCache::Tree& tree);

// The UUID of the package in a folder, where its project file has one. Throws Error where that cannot be
// told.
std::optional<Uuid> package_uuid(const std::string& folder);

}  // namespace jireloc::relocating
