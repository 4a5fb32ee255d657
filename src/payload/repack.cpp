#include "payload/repack.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <cstring>

#include "bytes/patches.hpp"
#include "jireloc/error.hpp"

namespace jireloc::payload {
namespace {

constexpr int kJuliasLevel = 15;  // of --compress-sysimage=yes
constexpr int kHighestLevel = 22;
// Other levels that a packager may have used, tried on payloads for which that costs little.
constexpr int kOtherLevels[] = {19, 22, 9, 3, 1};
constexpr size_t kSmall = size_t{4} << 20;

std::string pack(std::string_view bytes, int level) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size) != 0) throw Error(ErrorKind::io, fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  packed.resize(size);
  return packed;
}

// With another release of zstd no level gives the same bytes; then it is Julia's.
int level_of(std::string_view packed, std::string_view unpacked) {
  if (pack(unpacked, kJuliasLevel) == packed) return kJuliasLevel;
  if (unpacked.size() > kSmall) return kJuliasLevel;
  for (const int level : kOtherLevels)
    if (pack(unpacked, level) == packed) return level;
  return kJuliasLevel;
}

// What Julia unpacks must be this, to the byte: it looks at no checksum from 1.13 on.
void require_unpacks_to(const std::string& packed, const std::string& bytes, const std::string& name) {
  std::string again(bytes.size(), '\0');
  const size_t size = ZSTD_decompress(again.data(), again.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != bytes.size() || again != bytes)
    throw Error(ErrorKind::bad_checksum, "the compressed payload does not unpack to what was packed", name);
}

std::string little_endian(uint64_t value, uint64_t size) {
  std::string bytes;
  for (uint64_t k = 0; k < size; ++k) bytes += static_cast<char>(value >> (8 * k));
  return bytes;
}

// In place of the old bytes: the new ones, zeros behind them, and their length.
std::vector<BytePatch> library_patches(const PackedPlace& place, std::string packed) {
  const BytePatch length{place.size_word.offset, little_endian(packed.size(), place.size_word.size)};
  packed.resize(std::max<uint64_t>(packed.size(), place.extent.size), '\0');
  return {{place.extent.offset, std::move(packed)}, length};
}

}  // namespace

Repacked repack(const OpenPayload& open, const std::vector<BytePatch>& patches) {
  const PackedPlace& place = *open.packed;
  const ByteSource& source = *open.place->source;
  const std::string before = source.read_string(0, source.size());
  std::string after = before;
  bytes::apply_patches(patches, 0, after.data(), after.size());

  Repacked result;
  int level = level_of(place.source->read_string(place.extent.offset, place.extent.size), before);
  std::string packed = pack(after, level);
  if (place.file == PayloadFile::library) {
    const int own_level = level;
    while (packed.size() > place.room && level < kHighestLevel) packed = pack(after, ++level);
    if (packed.size() > place.room) packed = pack(after, own_level);
  }
  require_unpacks_to(packed, after, place.source->name());
  if (place.file == PayloadFile::image)
    result.payload = std::move(packed);
  else if (packed.size() > place.room)
    result.moving = std::move(packed);
  else
    result.library = library_patches(place, std::move(packed));
  return result;
}

}  // namespace jireloc::payload
