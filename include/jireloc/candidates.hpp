// In which order Julia tries the cache files of a package, and by which rules it judges each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/layout.hpp"
#include "jireloc/reason.hpp"

namespace jireloc {

struct CandidateFile {
  std::string recorded;  // its path as Julia sees it
  size_t depot = 0;      // its depot's place in the depot path
  double mtime = 0;      // of the .ji
  bool has_native_code = false;
};
// Up to 1.5 depots in order and names in order; then the newest first; from 1.11 on those with native code
// before (base/loading.jl: find_all_in_cache_path).
bool is_tried_before(const JuliaVersion& version, const CandidateFile& a, const CandidateFile& b);

// The rules that an image passed before it fell by this code (none: by no code), as people call them, in
// Julia's order; the last one is the rule itself where there is a code.
std::vector<std::string_view> rules_until(Code code, const JuliaVersion& version);
// What Julia writes to its debug log for the reason, without the names in it; empty: nothing.
std::string_view words_of_julia(Code code, const JuliaVersion& version);

}  // namespace jireloc
