// Texts as they will be with their old paths replaced, whatever their length.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "payload/grow.hpp"
#include "payload/targets.hpp"

namespace jireloc::payload {

// The texts that begin at `offsets`, with all that a plan replaces in them replaced: sorted.
std::vector<GrownText> grown_texts(const std::vector<Occurrence>& occurrences,
                                   const std::set<uint64_t>& offsets, const Targets& targets,
                                   const PayloadPlace& place);

// Those of the patches that lie in none of the texts; sorted.
std::vector<BytePatch> without_texts(std::vector<BytePatch> patches, const std::vector<GrownText>& texts);

}  // namespace jireloc::payload
