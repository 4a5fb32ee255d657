// The environment that names all packages of the depot.
#pragma once

#include <string>
#include <vector>

#include "depot_maker/plan.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/tree_hash.hpp"

namespace depot_maker {

// DEPOT/environments/NAME/Project.toml and Manifest.toml, in the manifest's form for `version`. `trees` by
// package number; only packages of `family` are named.
void write_environment(const std::string& depot, const std::string& name,
                       const std::vector<PackagePlan>& packages, const std::vector<jireloc::Sha1>& trees,
                       size_t family, const jireloc::JuliaVersion& version);

}  // namespace depot_maker
