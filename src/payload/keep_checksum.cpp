#include "payload/keep_checksum.hpp"

#include <algorithm>

#include "bytes/windows.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"

namespace jireloc::payload {
namespace {

void sort_by_offset(std::vector<BytePatch>& patches) {
  std::sort(patches.begin(), patches.end(),
            [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
}

uint32_t checksum_with(const PayloadPlace& place, std::vector<BytePatch> patches) {
  const auto patched = patched_source(*place.source, std::move(patches));
  return bytes::checksum(*patched, place.extent);
}

// `patches`, and for each padding extent the bytes of `values` (zeros where it is empty).
std::vector<BytePatch> with_padding(const PayloadPlace& place, const std::vector<BytePatch>& patches,
                                    const std::vector<uint8_t>& values) {
  std::vector<BytePatch> all = patches;
  size_t next = 0;
  for (const Extent& padding : place.padding) {
    std::string bytes(padding.size, '\0');
    if (!values.empty())
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(next), padding.size, bytes.begin());
    next += padding.size;
    all.push_back({padding.offset, std::move(bytes)});
  }
  sort_by_offset(all);
  return all;
}

}  // namespace

KeptChecksum keep_payload_checksum(const PayloadPlace& place, std::vector<BytePatch>& patches) {
  KeptChecksum kept;
  const bool touched = std::any_of(patches.begin(), patches.end(), [&](const BytePatch& patch) {
    return patch.offset >= place.extent.offset && patch.offset < place.extent.end();
  });
  sort_by_offset(patches);
  if (!touched) {
    kept.solved = true;
    return kept;
  }
  std::vector<crc32c::FreeBytes> free;
  for (const Extent& padding : place.padding) {
    free.push_back({padding.offset - place.extent.offset, padding.size});
    kept.free_bits += 8 * padding.size;
  }
  const uint32_t difference = checksum_with(place, with_padding(place, patches, {})) ^ *place.checksum;
  const auto solution = crc32c::solve(difference, place.extent.size, free);
  if (!solution) {
    kept.rank = crc32c::rank(place.extent.size, free);
    return kept;
  }
  kept.solved = true;
  kept.rank = solution->rank;
  std::vector<BytePatch> all = with_padding(place, patches, solution->values);
  if (checksum_with(place, all) != *place.checksum)
    throw Error(ErrorKind::bad_checksum, "the chosen padding does not keep the payload's checksum",
                place.source->name());
  std::erase_if(all, [&](const BytePatch& patch) {
    return place.source->read_string(patch.offset, patch.bytes.size()) == patch.bytes;
  });
  patches = std::move(all);
  return kept;
}

}  // namespace jireloc::payload
