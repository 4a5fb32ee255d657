// What differs between two images of one package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc {

struct Difference {
  // What kind of thing: "header", "worklist", "dependency", "preferences", "required module", "clone
  // targets", "source text", "payload", "native library".
  std::string_view code;
  std::string what;  // which one of its kind: a field's name, a path, a module; empty for the payload
  std::string a, b;  // both values as text; empty: not there
};

// Compares two images read with ReadDepth::all, field by field; lists are matched by path and by module, and
// a list in another order is said once. Payloads are compared byte by byte; of a library, which is not in the
// image, the recorded checksums. Positions and padding, which follow from the rest, are left out. Throws
// Error (io).
std::vector<Difference> diff_images(const CacheFile& a, const ByteSource& source_a, const CacheFile& b,
                                    const ByteSource& source_b);

}  // namespace jireloc
