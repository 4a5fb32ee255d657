// What input that nobody trusts may cost.
#pragma once

#include <cstdint>
#include <string_view>

namespace jireloc {

// For each item of a run: an image, or the folder of a package. What goes beyond ends the item with an Error
// (too_large) that names the limit; the run goes on with the next one.
struct WorkLimits {
  uint64_t hashed = uint64_t{64} << 30;       // bytes read to prove sources and to judge package folders
  uint64_t decompressed = uint64_t{4} << 30;  // bytes, of the image, its payload and its library together
  // Bytes that come of each compressed one, over the first 64 MiB: real images give less than twenty.
  uint64_t expansion = 200;
  uint64_t toml_nodes = 100'000;  // values and tables of a project file; four times as many of a manifest
  uint64_t seconds = 600;         // of processor time
};

// Of this process, for all threads. To be set before they begin.
void set_work_limits(const WorkLimits& limits) noexcept;
const WorkLimits& work_limits() noexcept;

// Sets one of them by its name: "hashed", "decompressed", "expansion", "toml-nodes", "seconds". False where
// there is no such name.
bool set_limit(WorkLimits& limits, std::string_view name, uint64_t value) noexcept;
// Whether its value is a number of bytes.
bool is_limit_in_bytes(std::string_view name) noexcept;

}  // namespace jireloc
