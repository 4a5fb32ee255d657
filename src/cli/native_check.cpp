#include "cli/native_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jireloc/crc32c.hpp"

namespace jireloc::cli {
namespace {

std::string library_path(std::string_view image, const Prefix& prefix) {
  if (image.ends_with(".zst")) image.remove_suffix(4);
  if (image.ends_with(".ji")) image.remove_suffix(3);
  const std::string_view suffix = prefix.uname == "Darwin"    ? ".dylib"
                                  : prefix.uname == "Windows" ? ".dll"
                                                              : ".so";
  return std::string(image) + std::string(suffix);
}

uint32_t whole_crc(const ByteSource& source) {
  constexpr uint64_t chunk = 1 << 20;
  std::string buffer(std::min(chunk, source.size()), '\0');
  uint32_t crc = 0;
  for (uint64_t offset = 0; offset < source.size();) {
    const size_t size = std::min(chunk, source.size() - offset);
    source.read(offset, buffer.data(), size);
    crc = crc32c::extend(crc, buffer.data(), size);
    offset += size;
  }
  return crc;
}

}  // namespace

NativeCheck check_native_library(const std::string& image_path, const CacheFile& file, uint64_t) {
  NativeCheck check;
  check.path = library_path(image_path, file.prefix);
  const std::unique_ptr<ByteSource> library = open_file(check.path);
  check.size = library->size();
  check.crc = whole_crc(*library);
  check.so_crc_ok = check.crc == file.so_crc;
  if (!check.so_crc_ok) {
    check.problems.push_back(
        fmt::format("its CRC-32C is {}, the image says {}", hex32(check.crc), hex32(file.so_crc)));
  }
  return check;
}

}  // namespace jireloc::cli
