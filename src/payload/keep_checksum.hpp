// Choosing padding bytes so that a changed payload keeps its checksum.
#pragma once

#include <vector>

#include "payload/regions.hpp"

namespace jireloc::payload {

struct KeptChecksum {
  bool solved = false;
  uint64_t free_bits = 0;
  int rank = 0;
};

// Adds to `patches` (of the file that `place` speaks of, in any order) what the padding needs, and sorts
// them. Nothing is added where no patch touches the payload. The padding counts as zero, whatever it holds:
// so the way back gives the bytes back. The result is verified by a full recomputation. Throws Error
// (bad_checksum) should that fail, which no input can bring about.
KeptChecksum keep_payload_checksum(const PayloadPlace& place, std::vector<BytePatch>& patches);

}  // namespace jireloc::payload
