// Which processors the native code of an image was compiled for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc {

// The features of a clone target by the names that the Julia that wrote it gives them. One whose number is
// not known is "WORD:BIT", counted in the 32-bit words of CloneTarget.
struct FeatureNames {
  std::vector<std::string> enabled, disabled;  // in the order of their numbers
  std::string_view source;  // where the names come from: a file of Julia's and its commit; empty: not known
};
FeatureNames feature_names(const Prefix& writer, const CloneTarget& target);

}  // namespace jireloc
