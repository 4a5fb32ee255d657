// Growth of payloads that belong to native libraries.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bytes/reader.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/grown_set.hpp"
#include "native/debug_lines.hpp"
#include "native/grow_elf.hpp"
#include "native/library.hpp"
#include "payload/grow.hpp"
#include "payload/spliced.hpp"

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

// Names in line tables that get longer, with those that keep their length.
std::optional<native::LongerLines> longer_lines(const GrowthTask& task, const ByteSource& library,
                                                std::string& left) {
  if (task.lines.empty()) return std::nullopt;
  try {
    const native::Library described = native::read_library(library);
    std::vector<Splice> names = task.lines;
    for (const native::Section& section : described.sections)
      for (const BytePatch& patch : task.patches)
        if (section.name == ".debug_line" && patch.offset >= section.extent.offset &&
            patch.offset < section.extent.end())
          names.push_back({patch.offset, patch.bytes.size(), patch.bytes});
    std::sort(names.begin(), names.end(),
              [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
    return native::lengthen_lines(library, described, std::move(names));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    left = error.message();
    return std::nullopt;
  }
}

// `payload`: its bytes, wherever they are among the splices; they are most of the library.
void settle(PayloadGrowth& growth, const ByteSource& library, const SummedBytes& payload = {}) {
  std::stable_sort(growth.library.begin(), growth.library.end(),
                   [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
  growth.library_crc = spliced_checksum(library, {0, library.size()}, growth.library, payload);
}

}  // namespace

GrowthResult grow_library(const GrowthTask& task, GrowthResult result) {
  PayloadGrowth& growth = *result.growth;
  const ByteSource& library = *task.input.library;
  const native::ImageData& data = *task.open.image_data;
  SummedBytes new_payload;
  try {
    std::string head = library.read_string(data.symbol.offset, data.payload.offset - data.symbol.offset);
    head = new_head(task, std::move(head), growth);
    std::string& payload = result.payload;
    new_payload = {payload.data(), payload.size(),
                   static_cast<uint32_t>(growth.checksum.value_or(*task.open.place->checksum))};
    const auto lines = longer_lines(task, library, result.lines_left);
    if (!lines && head.size() + payload.size() == data.symbol.size) {
      if (const auto checksum_at = native::read_library(library).image_checksum_at)
        growth.library.push_back(
            {*checksum_at, 4,
             bytes_of(crc32c::combine(crc32c::value(head), new_payload.crc, payload.size()))});
      growth.library.push_back({data.symbol.offset, head.size(), std::move(head)});
      growth.library.push_back({data.payload.offset, payload.size(), std::move(payload)});
    } else {
      std::vector<native::MovedSection> moved;
      if (lines) moved.push_back({lines->old_section, lines->section});
      growth.library = native::grow_image_data(library, std::move(head), std::move(payload),
                                               native::ImageChecksum::follows, std::move(moved));
      if (lines) growth.library.insert(growth.library.end(), lines->mended.begin(), lines->mended.end());
    }
    add_patches(task.patches, data.symbol, growth.library);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return {{}, Reason{Code::cannot_grow, error.message()}, {}};
  }
  settle(growth, library, new_payload);
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
    growth.library = native::grow_image_data(library, {}, std::move(packed), native::ImageChecksum::stays);
    add_patches(patches, open.packed->extent, growth.library);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return {{}, Reason{Code::compressed, error.message()}, {}};
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
      return {
          {}, Reason{Code::cannot_grow, "where the native library records the checksum is not known"}, {}};
    growth.library.push_back(
        {*described.image_checksum_at, 4, bytes_of(static_cast<uint32_t>(*growth.checksum))});
  }
  if (!growth.library.empty()) settle(growth, library);
  return result;
}

}  // namespace jireloc::payload
