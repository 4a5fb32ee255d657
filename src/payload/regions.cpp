#include "payload/regions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bytes/windows.hpp"
#include "bytes/zstd.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::payload {
namespace {

RegionKind region_kind(SectionKind kind) {
  switch (kind) {
    case SectionKind::sysdata:
      return RegionKind::sysdata;
    case SectionKind::const_data:
      return RegionKind::const_data;
    case SectionKind::symbols:
      return RegionKind::symbols;
    default:
      return RegionKind::other;
  }
}

class Opener {
 public:
  Opener(const PayloadInput& input, const PayloadOptions& options)
      : input_(input),
        most_unpacked_(options.max_decompressed != 0 ? options.max_decompressed
                                                     : work_limits().decompressed) {}

  OpenPayload open() {
    const CacheFile& file = input_.file;
    open_.pointer_size = file.prefix.pointer_size;
    open_.structure_only = file.layout->verified == Verified::structure || file.prefix.pointer_size != 8;
    if (file.payload.size != 0) open_payload_in_image();
    if (file.is_split()) open_library();
    if (!open_.place && !open_.obstacle) obstacle(Code::bad_sections, "the image has no payload");
    return std::move(open_);
  }

 private:
  // The first obstacle is the one that is told.
  void obstacle(Code code, std::string message) {
    if (!open_.obstacle) open_.obstacle = Reason{code, std::move(message)};
  }

  void open_payload_in_image() {
    const CacheFile& file = input_.file;
    if (!file.layout->has_aligned_payload()) {
      open_.place = PayloadPlace{PayloadFile::image, &input_.image, file.payload, std::nullopt, {}};
      add({"stream", PayloadFile::image, &input_.image, file.payload, RegionKind::stream, 0, {}});
      return;
    }
    const auto checksum = static_cast<uint32_t>(file.checksum);
    if (bytes::begins_with_zstd_magic(input_.image, file.payload.offset)) {
      unpack_image(checksum);
      return;
    }
    const uint32_t computed =
        input_.stored_payload_crc ? *input_.stored_payload_crc : bytes::checksum(input_.image, file.payload);
    if (computed != checksum)
      obstacle(Code::bad_payload_checksum, "the payload does not have the checksum that the header records");
    add_static_data(PayloadFile::image, input_.image, file.payload, checksum);
  }

  // Formats 14 and 15 may hold it compressed (jl_image_decompress, src/staticdata.c).
  void unpack_image(uint32_t checksum) {
    const CacheFile& file = input_.file;
    open_.unpacked_image = bytes::unpack_frame(input_.image, file.payload, most_unpacked_);
    open_.decompressed = true;
    open_.packed = PackedPlace{PayloadFile::image, &input_.image, file.payload, 0, {}};
    if (bytes::checksum(*open_.unpacked_image, bytes::whole(*open_.unpacked_image)) != checksum)
      obstacle(Code::bad_payload_checksum, "the payload does not have the checksum that the header records");
    add_static_data(PayloadFile::image, *open_.unpacked_image, {0, open_.unpacked_image->size()}, checksum);
  }

  void add_static_data(PayloadFile file, const ByteSource& source, Extent payload, uint32_t checksum) {
    open_.place = PayloadPlace{file, &source, payload, checksum, {}};
    bytes::RandomReader reader(source, payload);
    try {
      const Sections sections = read_sections(reader, open_.pointer_size, *input_.file.layout);
      for (const PayloadSection& section : sections.sections)
        add({std::string(name(section.kind)),
             file,
             &source,
             section.extent,
             region_kind(section.kind),
             payload.offset,
             {}});
      open_.place->padding = sections.padding;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      obstacle(Code::bad_sections, error.message());
      add({"payload", file, &source, payload, RegionKind::other, 0, {}});
    }
  }

  void open_library() {
    if (input_.library == nullptr) {
      obstacle(Code::library_absent, "the native library that belongs to the image is not there");
      return;
    }
    try {
      const native::Library library = native::read_library(*input_.library);
      if (library.container != native::Container::elf) open_.structure_only = true;
      if (library.is_signed)
        obstacle(Code::library_refused,
                 "the native library carries a code signature, which a change would break; relocate "
                 "the header alone, or remove the signature, relocate, and sign it again");
      std::optional<Extent> image_data;
      if (!input_.file.layout->payload_always_here) {
        image_data = open_image_data(library);
      } else if (library.image_checksum &&
                 *library.image_checksum != static_cast<uint32_t>(input_.file.checksum)) {
        obstacle(Code::library_mismatch, "the native library records another payload checksum than the .ji");
      }
      add_library_regions(library, image_data);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::too_large) throw;
      obstacle(Code::library_refused,
               fmt::format("the native library cannot be looked into: {}", error.message()));
    }
  }

  // Gives the bytes of the library that the image data takes.
  Extent open_image_data(const native::Library& library) {
    open_.image_data = std::make_unique<native::ImageData>(
        native::find_image_data(*input_.library, library, *input_.file.layout, most_unpacked_));
    const native::ImageData& data = *open_.image_data;
    if (data.decompressed) {
      open_.decompressed = true;
      open_.packed =
          PackedPlace{PayloadFile::library, input_.library, data.compressed, library.image_room, {}};
      if (library.image_size_word)
        open_.packed->size_word = *library.image_size_word;
      else
        obstacle(
            Code::compressed,
            "the native library's image data is compressed, and no symbol tells its length: it is looked "
            "into but not rewritten");
    }
    if (!data.bad_checksum.empty()) obstacle(Code::bad_payload_checksum, data.bad_checksum);
    if (data.header.checksum != input_.file.checksum)
      obstacle(Code::library_mismatch, "the native library records another payload checksum than the .ji");
    add({"embedded header",
         PayloadFile::library,
         data.source,
         {data.symbol.offset, data.payload.offset - data.symbol.offset},
         RegionKind::other,
         0,
         "it stands in the header that the native library holds"});
    add_static_data(PayloadFile::library, *data.source, data.payload,
                    static_cast<uint32_t>(data.header.checksum));
    return data.decompressed ? data.compressed : data.symbol;
  }

  // Everything else in the library's file, whether a section claims it or not.
  void add_library_regions(const native::Library& library, std::optional<Extent> image_data) {
    uint64_t at = 0;
    const auto add_up_to = [&](uint64_t end, const std::string& region_name, RegionKind kind) {
      if (end <= at) return;
      add_around(image_data, {at, end - at}, region_name, kind);
      at = end;
    };
    for (const native::Section& section : library.sections) {
      add_up_to(section.extent.offset, "(no section)", RegionKind::other);
      add_up_to(section.extent.end(), section.name,
                section.is_debug_info() ? RegionKind::debug_info : RegionKind::other);
      if (section.compressed)
        open_.notes.push_back(
            fmt::format("section {} of the native library is compressed: not looked into", section.name));
    }
    add_up_to(input_.library->size(), "(no section)", RegionKind::other);
  }

  void add_around(std::optional<Extent> hole, Extent extent, const std::string& region_name,
                  RegionKind kind) {
    const auto add_part = [&](uint64_t begin, uint64_t end) {
      if (begin < end)
        add({region_name, PayloadFile::library, input_.library, {begin, end - begin}, kind, 0, {}});
    };
    if (!hole) return add_part(extent.offset, extent.end());
    add_part(extent.offset, std::min(extent.end(), hole->offset));
    add_part(std::max(extent.offset, hole->end()), extent.end());
  }

  void add(Region region) { open_.regions.push_back(std::move(region)); }

  const PayloadInput& input_;
  const uint64_t most_unpacked_;
  OpenPayload open_;
};

}  // namespace

OpenPayload open_payload(const PayloadInput& input, const PayloadOptions& options) {
  OpenPayload open = Opener(input, options).open();
  std::stable_sort(open.regions.begin(), open.regions.end(), [](const Region& a, const Region& b) {
    return std::tie(a.file, a.extent.offset) < std::tie(b.file, b.extent.offset);
  });
  return open;
}

const OpenPayload& OpenPayload::kept(const PayloadInput& input, const PayloadOptions& options) {
  auto& open = input.cache->open_;
  if (!open) open = std::make_unique<OpenPayload>(open_payload(input, options));
  return *open;
}

Opened::Opened(const PayloadInput& input, const PayloadOptions& options) {
  open_ = input.cache != nullptr ? &OpenPayload::kept(input, options)
                                 : &own_.emplace(open_payload(input, options));
}

}  // namespace jireloc::payload

namespace jireloc {

PayloadCache::PayloadCache() = default;
PayloadCache::~PayloadCache() = default;

}  // namespace jireloc
