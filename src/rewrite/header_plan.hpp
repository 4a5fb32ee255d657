// The header's part of a plan: which paths and times change, and whether their sources are proven.
#pragma once

#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// Changes plan.after, which is the file as it is; fills header_changes, the counts, mappings_used and
// reasons. Returns false where the image must be left alone (plan.status is set).
bool plan_header(const ImagePair& image, const RewriteOptions& options, const PathMap& map,
                 const FileView& view, ProofCache& proofs, RewritePlan& plan);

}  // namespace jireloc::rewriting
