// Texts that get longer: what a payload becomes when a new path does not fit in place of the old one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payload/frames.hpp"
#include "payload/regions.hpp"

namespace jireloc::payload {

// A Symbol or String as it will be.
struct GrownText {
  Extent text;  // its bytes in the file that holds the payload, without what frames them
  FrameKind kind = FrameKind::string;
  bool is_name = false;  // of a recorded source; of symbols it does not matter
  std::string bytes;
  uint64_t spare_at = 0;  // where separators can be spared in `bytes`
  char separator = '/';

  // `bytes` with so many separators that mean nothing.
  std::string with_spare(uint64_t count) const {
    return bytes.substr(0, spare_at) + std::string(count, separator) + bytes.substr(spare_at);
  }
};

struct GrowthTask {
  const OpenPayload& open;
  const PayloadInput& input;
  const PayloadOptions& options;
  std::vector<GrownText> texts;      // sorted, disjoint
  std::vector<BytePatch> patches;    // of the same file, outside of the texts; sorted
  std::vector<BytePatch> elsewhere;  // of the other file
  std::vector<Splice> lines = {};    // what becomes of texts in the library's line tables; sorted
};

// One of both is there.
struct GrowthResult {
  std::optional<PayloadGrowth> growth;
  std::optional<Reason> obstacle;
  std::string payload = {};     // as it will be; empty where the growth's splices say it already
  std::string lines_left = {};  // why the line tables stay as they are; empty where they do not
};

// Up to 1.8 (src/dump.c): each text carries its length, and nothing in the stream counts bytes.
GrowthResult grow_stream(const GrowthTask& task);

// 1.10 and later; also images that only refer to others that have grown (task.options.grown).
GrowthResult grow_static_data(const GrowthTask& task);

// The parts of grow_static_data that are about native libraries: one that holds the payload gets the new one,
// one that holds only its checksum (formats 14 and 15) that.
GrowthResult grow_library(const GrowthTask& task, GrowthResult result);
GrowthResult tell_library(const GrowthTask& task, GrowthResult result);

// Compressed image data that has no room where the old lies in the library: it moves, as longer data does. No
// text gets longer, and every checksum is of what it unpacks to and stays. `patches` are for the rest of the
// library. Precondition: open.packed lies in the library.
GrowthResult move_packed_data(const OpenPayload& open, std::string packed,
                              const std::vector<BytePatch>& patches);

}  // namespace jireloc::payload
