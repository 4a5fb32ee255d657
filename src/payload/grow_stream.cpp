// Growth in the tag stream of Julia <= 1.8. An object's number there is that of its first appearance, never a
// position, so a text of any length can take the place of another.
#include <fmt/format.h>

#include <algorithm>

#include "bytes/windows.hpp"
#include "bytes/writer.hpp"
#include "payload/grow.hpp"
#include "payload/objects.hpp"
#include "payload/spliced.hpp"
#include "payload/stream_code.hpp"

namespace jireloc::payload {
namespace {

// Bytes before the text: tag and length (jl_serialize_value_, src/dump.c).
uint64_t head_size(const GrownText& text, bytes::RandomReader& stream) {
  const uint64_t at = text.text.offset;
  const bool is_short = text.kind == FrameKind::symbol && stream.holds(at - 2, 2) &&
                        stream.byte(at - 2) == kSymbolTag && stream.byte(at - 1) == text.text.size;
  return is_short ? 2 : 5;
}

std::string framed(const GrownText& text) {
  bytes::ByteWriter out;
  if (text.kind == FrameKind::symbol && text.bytes.size() <= 255) {
    out.u8(kSymbolTag);
    out.u8(static_cast<uint8_t>(text.bytes.size()));
  } else {
    out.u8(text.kind == FrameKind::symbol ? kLongSymbolTag : kStringTag);
    out.u32(static_cast<uint32_t>(text.bytes.size()));
  }
  out.raw(text.bytes);
  return std::move(out).take();
}

}  // namespace

GrowthResult grow_stream(const GrowthTask& task) {
  const PayloadPlace& place = *task.open.place;
  bytes::RandomReader stream(*place.source, place.extent);
  PayloadGrowth growth;
  for (const GrownText& text : task.texts) {
    const uint64_t head = head_size(text, stream);
    growth.image.push_back({text.text.offset - head, text.text.size + head, framed(text)});
    if (text.kind == FrameKind::symbol || text.is_name)
      growth.names += text.bytes.size() > text.text.size;
    else
      ++growth.constants;
  }
  for (const BytePatch& patch : task.patches)
    growth.image.push_back({patch.offset, patch.bytes.size(), patch.bytes});
  if (growth.constants != 0 && !task.options.keep_code) {
    const auto code = find_stream_code(*place.source, place.extent, task.input.file.prefix.version);
    if (!code)
      return {
          {},
          Reason{Code::code_not_droppable,
                 fmt::format(
                     "{} path constants would have to grow, and in images of Julia {} the code that may have "
                     "folded their old length cannot be dropped",
                     growth.constants, task.input.file.prefix.version)}};
    for (const uint64_t flags : *code) {
      growth.image.push_back({flags, 1, std::string(1, static_cast<char>(stream.byte(flags) & ~1))});
      ++growth.dropped_code;
    }
  }
  std::sort(growth.image.begin(), growth.image.end(),
            [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
  const auto after = spliced_source(*place.source, place.extent, growth.image);
  growth.payload_size = after->size();
  growth.old_payload_size = place.extent.size;
  growth.image_payload_crc = spliced_checksum(*place.source, place.extent, growth.image);
  return {std::move(growth), {}};
}

}  // namespace jireloc::payload
