// The entries of a POSIX pax archive, as far as a bundle has them: folders, files and symbolic links, each
// with a time to the nanosecond.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

inline constexpr std::string_view kManifestName = "jireloc-bundle.json";
inline constexpr size_t kBlock = 512;
inline constexpr uint64_t padding_of(uint64_t size) {
  return (kBlock - size % kBlock) % kBlock;
}

// The blocks before an entry's content: owner and group are 0, the time is exact (a pax header, where it
// needs one). The same for what no manifest lists: the manifest itself.
std::string tar_header(const BundleFile& file);
// What ends an archive.
std::string tar_end();

// The content's size of a bundle's first entry, by its header of one block. Nothing where that is not the
// header of a bundle's manifest.
std::optional<uint64_t> manifest_size(std::string_view block);
// The manifest's own entry.
BundleFile manifest_entry(uint64_t size);

}  // namespace jireloc::bundles
