// What a manifest may say, so that unpacking may go by it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

// Each gives the reason for a refusal; empty: there is none.

// `file` comes behind those `before` it.
std::string refused_file(const BundleFile& file, const std::vector<BundleFile>& before);
// What its lists say of each other. Sorts the spellings.
std::string refused_manifest(BundleManifest& manifest);

}  // namespace jireloc::bundles
