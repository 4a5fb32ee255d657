// From bytes that spell a path to places that name it: frames, boundaries, the text around.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "payload/frames.hpp"
#include "payload/regions.hpp"
#include "payload/search.hpp"

namespace jireloc::payload {

struct Located {
  const Region* region = nullptr;
  RawMatch match;  // run_end does not lead out of the frame
  std::optional<Frame> frame;
  Match certainty = Match::path;
  std::string why_not;  // where `certainty` is not path: a phrase
};

// All places in a region, by offset. Of those that name a path and overlap the longest path wins; those that
// are not certain and overlap such a one are left out.
std::vector<Located> locate(const Region& region, unsigned pointer_size,
                            std::span<const PathPattern> patterns);

}  // namespace jireloc::payload
