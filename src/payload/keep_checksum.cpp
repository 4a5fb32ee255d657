#include "payload/keep_checksum.hpp"

#include <algorithm>

#include "bytes/windows.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"
#include "payload/patched_crc.hpp"

namespace jireloc::payload {
namespace {

void sort_by_offset(std::vector<BytePatch>& patches) {
  std::sort(patches.begin(), patches.end(),
            [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
}

// In memory: the pieces between the patches where they lie. The patches are sorted and inside the payload or
// apart from it.
uint32_t checksum_in_memory(std::string_view all, Extent extent, const std::vector<BytePatch>& patches) {
  uint32_t crc = 0;
  uint64_t done = extent.offset;
  for (const BytePatch& patch : patches) {
    if (patch.offset < done || patch.offset >= extent.end()) continue;
    crc = crc32c::extend(crc, all.data() + done, patch.offset - done);
    const uint64_t size = std::min<uint64_t>(patch.bytes.size(), extent.end() - patch.offset);
    crc = crc32c::extend(crc, patch.bytes.data(), size);
    done = patch.offset + size;
  }
  return crc32c::extend(crc, all.data() + done, extent.end() - done);
}

uint32_t checksum_with(const PayloadPlace& place, const std::vector<BytePatch>& patches) {
  if (const std::string_view all = place.source->in_memory(); all.size() >= place.extent.end())
    return checksum_in_memory(all, place.extent, patches);
  const auto patched = patched_source(*place.source, patches);
  return bytes::checksum(*patched, place.extent);
}

// `patches`, and zeros for each padding extent.
std::vector<BytePatch> with_padding(const PayloadPlace& place, const std::vector<BytePatch>& patches) {
  std::vector<BytePatch> all;
  all.reserve(patches.size() + place.padding.size());
  all = patches;
  for (const Extent& padding : place.padding)
    all.push_back({padding.offset, std::string(padding.size, '\0')});
  sort_by_offset(all);
  return all;
}

// Puts `values` (a byte for each of the padding, in its order) into the padding's patches.
void fill_padding(const PayloadPlace& place, const std::vector<uint8_t>& values,
                  std::vector<BytePatch>& all) {
  auto next = values.begin();
  for (const Extent& padding : place.padding) {
    const auto end = next + static_cast<std::ptrdiff_t>(padding.size);
    if (std::any_of(next, end, [](uint8_t byte) { return byte != 0; })) {
      const auto patch = std::partition_point(
          all.begin(), all.end(), [&](const BytePatch& other) { return other.offset < padding.offset; });
      patch->bytes.assign(next, end);
    }
    next = end;
  }
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
  std::vector<BytePatch> all = with_padding(place, patches);
  const uint32_t difference =
      patched_crc(*place.checksum, *place.source, place.extent, all) ^ *place.checksum;
  const auto solution = crc32c::solve(difference, place.extent.size, free);
  if (!solution) {
    kept.rank = crc32c::rank(place.extent.size, free);
    return kept;
  }
  kept.solved = true;
  kept.rank = solution->rank;
  fill_padding(place, solution->values, all);
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
