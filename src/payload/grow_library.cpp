// Growth of payloads that belong to native libraries.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bytes/reader.hpp"
#include "bytes/windows.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/grown_set.hpp"
#include "native/grow_elf.hpp"
#include "native/library.hpp"
#include "payload/grow.hpp"

namespace jireloc::payload {
namespace {

template <typename T>
void put(std::string& bytes, uint64_t at, T value) {
  if (at > bytes.size() || sizeof value > bytes.size() - at)
    throw Error(ErrorKind::bad_offset, "a field of the embedded header lies outside of it");
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

std::string bytes_of(uint32_t value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

// The header before the payload in jl_system_image_data (ji-format 4.1 of 1.9 to 1.13): its fields keep their
// places, since all that change are numbers.
std::string new_head(const GrowthTask& task, std::string head, const PayloadGrowth& growth) {
  constexpr uint64_t kBeforeTexts = 13, kLongestText = 4096;
  constexpr int kTexts = 5;  // system, processor, version, branch, commit
  bytes::ByteReader in(head);
  in.take(kBeforeTexts, "the embedded header");
  for (int k = 0; k < kTexts; ++k) in.c_string(kLongestText, "the embedded header");
  const uint64_t checksum_at = in.offset() + 1, end_at = checksum_at + 16;
  in.take(1 + 8 + 8 + 8 + 1 + (task.input.file.layout->syntax_version ? 1 : 0), "the embedded header");
  std::vector<std::pair<uint64_t, uint64_t>> identities;  // offset, new value
  while (const uint32_t size = in.length("a required module")) {
    RequiredModule module;
    module.name = in.take(size, "a required module");
    module.uuid.hi = in.u64("a required module");
    module.uuid.lo = in.u64("a required module");
    const uint64_t at = in.offset();
    module.build_id_hi = in.u64("a required module");
    module.build_id_lo = in.u64("a required module");
    const auto* entry = task.options.grown == nullptr ? nullptr : task.options.grown->find(module);
    if (entry != nullptr) identities.emplace_back(at, entry->checksum);
  }
  if (growth.checksum) put(head, checksum_at, *growth.checksum);
  put(head, end_at, uint64_t{head.size() + growth.payload_size});
  for (const auto& [at, value] : identities) put(head, at, value);
  return head;
}

bool overlap(const Splice& a, const Splice& b) {
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

// Equal-length replacements elsewhere in the library (debug info); what a splice covers already is left.
void add_patches(const std::vector<BytePatch>& patches, Extent payload, std::vector<Splice>& splices) {
  for (const BytePatch& patch : patches) {
    const Splice splice{patch.offset, patch.bytes.size(), patch.bytes};
    const bool covered = (patch.offset >= payload.offset && patch.offset < payload.end()) ||
                         std::any_of(splices.begin(), splices.end(),
                                     [&](const Splice& other) { return overlap(splice, other); });
    if (!covered) splices.push_back(splice);
  }
}

void settle(PayloadGrowth& growth, const ByteSource& library) {
  std::stable_sort(growth.library.begin(), growth.library.end(),
                   [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
  const auto after = spliced_source(library, {0, library.size()}, growth.library);
  growth.library_crc = bytes::checksum(*after, {0, after->size()});
}

}  // namespace

GrowthResult grow_library(const GrowthTask& task, GrowthResult result) {
  PayloadGrowth& growth = *result.growth;
  const ByteSource& library = *task.input.library;
  const native::ImageData& data = *task.open.image_data;
  try {
    std::string blob = std::move(result.payload);
    blob.insert(
        0, new_head(task, library.read_string(data.symbol.offset, data.payload.offset - data.symbol.offset),
                    growth));
    if (blob.size() == data.symbol.size) {
      const native::Library described = native::read_library(library);
      if (described.image_checksum_at)
        growth.library.push_back({*described.image_checksum_at, 4, bytes_of(crc32c::value(blob))});
      growth.library.push_back({data.symbol.offset, data.symbol.size, std::move(blob)});
    } else {
      growth.library = native::grow_image_data(library, std::move(blob));
    }
    add_patches(task.patches, data.symbol, growth.library);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return {{}, PayloadObstacle{"cannot-grow", error.message()}, {}};
  }
  settle(growth, library);
  return result;
}

GrowthResult move_packed_data(const OpenPayload& open, std::string packed,
                              const std::vector<BytePatch>& patches) {
  const ByteSource& library = *open.packed->source;
  GrowthResult result;
  PayloadGrowth& growth = result.growth.emplace();
  growth.file = PayloadFile::library;
  growth.payload_size = growth.old_payload_size = open.place->extent.size;
  try {
    growth.library = native::grow_image_data(library, std::move(packed), native::ImageChecksum::stays);
    add_patches(patches, open.packed->extent, growth.library);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return {{}, PayloadObstacle{"compressed", error.message()}, {}};
  }
  settle(growth, library);
  return result;
}

GrowthResult tell_library(const GrowthTask& task, GrowthResult result) {
  PayloadGrowth& growth = *result.growth;
  const ByteSource& library = *task.input.library;
  if (growth.checksum) {
    const native::Library described = native::read_library(library);
    if (!described.image_checksum_at)
      return {{},
              PayloadObstacle{"cannot-grow", "where the native library records the checksum is not known"},
              {}};
    growth.library.push_back(
        {*described.image_checksum_at, 4, bytes_of(static_cast<uint32_t>(*growth.checksum))});
  }
  if (!growth.library.empty()) settle(growth, library);
  return result;
}

}  // namespace jireloc::payload
