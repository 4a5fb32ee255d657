// Bundles that rest on others: what those hold is not packed again, and is looked for in the depot when the
// bundle is unpacked.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "bundle/part.hpp"
#include "bundle/staging.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

// Takes out of a manifest what one of these has: packages and artifacts of which every file is there as it
// is, images with their native libraries likewise; and notes what of it the rest needs. Returns the paths of
// what was taken out.
std::set<std::string> leave_out_known(BundleManifest& manifest, const std::vector<VerifiedBundle>& bases);

// The same of a bundle that is unpacked. Throws Error (dependency_missing) where the depot has not what the
// part needs; `grown`: may be null.
void require_bases(FileSystem& system, const Folder& depot, const BundleManifest& manifest,
                   const BundlePart& part, const GrownSet* grown);
// Stages the packages that images of the part have their sources in and the bundle does not hold: from the
// depot, each file held against its digest, with the times that it had when it was packed. Throws Error
// (dependency_missing, io).
void stage_bases(FileSystem& system, const Folder& depot, const BundleManifest& manifest,
                 const BundlePart& part, Staging& staging);

}  // namespace jireloc::bundles
