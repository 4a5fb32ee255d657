#include "native/image_data.hpp"

#include <fmt/format.h>

#include "bytes/windows.hpp"
#include "bytes/zstd.hpp"
#include "jireloc/error.hpp"

namespace jireloc::native {
namespace {

constexpr std::string_view kMagic = "\xFBjli\r\n\x1A\n";

uint32_t payload_checksum(const ImageData& data) {
  return bytes::checksum(*data.source, data.payload);
}

// Parses the embedded header at the start of the symbol.
void read_header(ImageData& data, const Layout& layout) {
  const auto symbol = bytes::slice(*data.source, data.symbol);
  data.header = read_embedded_header(*symbol, layout);
  data.payload = {data.symbol.offset + data.header.datastartpos,
                  data.header.dataendpos - data.header.datastartpos};
}

bool checksum_holds(const ImageData& data) {
  return payload_checksum(data) == static_cast<uint32_t>(data.header.checksum);
}

void verify(ImageData& data, const Library& described) {
  if (!checksum_holds(data)) {
    data.bad_checksum =
        "the payload in the native library does not have the checksum that its header records";
  } else if (described.image_checksum &&
             bytes::checksum(*data.source, data.symbol) != *described.image_checksum) {
    data.bad_checksum = "jl_system_image_checksum of the native library does not hold";
  }
}

ImageData read_at_symbol(const ByteSource& library, const Library& described, const Layout& layout,
                         uint64_t max_decompressed) {
  ImageData data;
  data.source = &library;
  data.symbol = *described.image_data;
  if (bytes::begins_with_zstd_magic(library, data.symbol.offset)) {
    data.compressed = data.symbol;
    data.decompressed = bytes::unpack_frame(library, data.compressed, max_decompressed);
    data.source = data.decompressed.get();
    data.symbol = {0, data.decompressed->size()};
  }
  read_header(data, layout);
  verify(data, described);
  return data;
}

// The first place where a header parses and its payload has the checksum that the header records. A place
// where the magic stands by chance fails at one of the two.
std::optional<ImageData> read_at_magic(const ByteSource& library, const Layout& layout) {
  std::vector<uint64_t> places;
  bytes::for_each_window(library, {0, library.size()}, kMagic.size(), [&](const bytes::Window& window) {
    for (size_t at = window.bytes.find(kMagic); at != std::string_view::npos;
         at = window.bytes.find(kMagic, at + 1)) {
      const uint64_t offset = window.offset + at;
      if (offset >= window.fresh_begin && offset < window.fresh_end) places.push_back(offset);
    }
  });
  constexpr size_t kMostPlaces = 16;  // each costs a checksum of what may be the whole file
  if (places.size() > kMostPlaces) places.resize(kMostPlaces);
  for (const uint64_t place : places) {
    ImageData data;
    data.source = &library;
    data.symbol = {place, library.size() - place};
    try {
      read_header(data, layout);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      continue;
    }
    data.symbol.size = data.header.dataendpos;
    if (checksum_holds(data)) return data;
  }
  return std::nullopt;
}

}  // namespace

ImageData find_image_data(const ByteSource& library, const Library& described, const Layout& layout,
                          uint64_t max_decompressed) {
  if (described.image_data) return read_at_symbol(library, described, layout, max_decompressed);
  if (auto data = read_at_magic(library, layout)) return std::move(*data);
  throw Error(ErrorKind::unsupported,
              described.container == Container::elf
                  ? "the library has no jl_system_image_data; it does not belong to a split image"
                  : "no image data whose checksum holds was found in the library; only ELF symbols are read",
              library.name());
}

}  // namespace jireloc::native
