// Reading packed archives: tar, plain or compressed, as registries come.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace jireloc {

struct ArchiveLimits {
  uint64_t most_entries = 2'000'000;
  uint64_t most_bytes_an_entry = uint64_t{64} << 20;
  uint64_t most_bytes = uint64_t{4} << 30;  // of all contents that are read
};

// Calls `use` with the path and the content of each regular file for which `wanted` says yes, in the order of
// the archive; a "./" before a path is dropped. Nothing is written anywhere. libarchive is loaded on first
// use: the program starts without it. Throws Error: io, bad_value (no archive, or a damaged one), too_large,
// unsupported (libarchive is not installed).
void for_each_archived_file(const std::string& path, const std::function<bool(std::string_view)>& wanted,
                            const std::function<void(const std::string&, const std::string&)>& use,
                            const ArchiveLimits& limits = {});

}  // namespace jireloc
