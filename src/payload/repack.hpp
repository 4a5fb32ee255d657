// A compressed payload with changes in it, compressed again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payload/regions.hpp"

namespace jireloc::payload {

struct Repacked {
  std::string payload;             // of the .ji, where it lies there
  std::vector<BytePatch> library;  // where it lies in the library: the new bytes and their length
  std::string moving;              // where they have no room there: the new bytes
};

// Lays `patches` (which are for what open.packed unpacks to) over it and packs it as Julia does: in one
// piece, its length told (ZSTD_compress; jl_create_system_image, src/staticdata.c), with the level that gives
// the bytes that are there from what they unpack to, else with Julia's own. In a library higher levels are
// tried until it fits where it lies. Precondition: open.packed and open.place.
Repacked repack(const OpenPayload& open, const std::vector<BytePatch>& patches);

}  // namespace jireloc::payload
