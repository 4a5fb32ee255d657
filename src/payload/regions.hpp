// What there is to look into: the payload's sections, and those of the native library.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jireloc/payload.hpp"
#include "native/image_data.hpp"
#include "payload/sections.hpp"

namespace jireloc::payload {

enum class RegionKind {
  stream,  // a tag stream (<= 1.8)
  sysdata,
  const_data,
  symbols,  // of a static-data payload
  debug_info,
  other,
};

struct Region {
  std::string name;
  PayloadFile file = PayloadFile::image;
  const ByteSource* source = nullptr;
  Extent extent;  // in *source
  RegionKind kind = RegionKind::other;
  uint64_t payload_begin = 0;  // of the static-data payload around it
  std::string untouchable;     // why nothing in it may be replaced; empty where it may
};

// Where the serialized modules lie.
struct PayloadPlace {
  PayloadFile file = PayloadFile::image;
  const ByteSource* source = nullptr;
  Extent extent;
  std::optional<uint32_t> checksum;  // that must be kept; none up to 1.8
  std::vector<Extent> padding;       // free bytes, in *source
};

// Where a compressed payload lies packed.
struct PackedPlace {
  PayloadFile file = PayloadFile::image;
  const ByteSource* source = nullptr;
  Extent extent;  // one zstd frame
  // In a library, where nothing can move: how many bytes there are for it, and where its length is told.
  uint64_t room = 0;
  Extent size_word;
};

// An image opened for looking into. Holds pointers to the input's sources.
struct OpenPayload {
  std::vector<Region> regions;        // by file and offset
  std::optional<PayloadPlace> place;  // none where the payload could not be reached
  std::optional<PackedPlace> packed;  // where `place` is what was unpacked
  std::optional<Reason> obstacle;
  bool decompressed = false;
  bool structure_only = false;
  std::vector<std::string> notes;
  unsigned pointer_size = 8;

  std::unique_ptr<ByteSource> unpacked_image;  // keeps what `regions` point to
  std::unique_ptr<native::ImageData> image_data;
  mutable std::optional<std::set<std::string>> recorded_places;  // once they were asked for

  static const OpenPayload& kept(const PayloadInput& input, const PayloadOptions& options);
};

OpenPayload open_payload(const PayloadInput& input, const PayloadOptions& options);

// The payload of an input, opened anew or as its cache has it.
class Opened {
 public:
  Opened(const PayloadInput& input, const PayloadOptions& options);
  const OpenPayload& operator*() const noexcept { return *open_; }
  const OpenPayload* operator->() const noexcept { return open_; }

 private:
  std::optional<OpenPayload> own_;
  const OpenPayload* open_;
};

}  // namespace jireloc::payload
