#include <cerrno>
#include <cstdlib>

#include "bytes/windows.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc {
namespace {

std::string real_path(const std::string& path) {
  std::optional<std::string> resolved = paths::real_path(path);
  if (!resolved) throw Error::system(errno, "realpath", path);
  return *std::move(resolved);
}

}  // namespace

uint32_t file_crc32c(const ByteSource& source) {
  return bytes::checksum(source, bytes::whole(source));
}

ImagePair open_image(const std::string& path, uint64_t largest_in_memory) {
  const std::string real = real_path(path);
  return open_image(open_file(real), real, largest_in_memory);
}

ImagePair open_image(std::unique_ptr<ByteSource> ji, std::string real_path, uint64_t largest_in_memory) {
  return read_image(load(std::move(ji), largest_in_memory), std::move(real_path),
                    [&](const std::string& library) { return load_file(library, largest_in_memory); });
}

ImagePair read_image(std::unique_ptr<ByteSource> ji, std::string path, const OpenLibrary& open_library) {
  ImagePair image;
  image.path = std::move(path);
  image.ji = std::move(ji);
  image.file = read_cache_file(*image.ji);
  image.sums = verify_checksums(image.file, *image.ji);
  if (!image.file.is_split()) return image;
  image.library_path = native_library_path(image.path, image.file.prefix);
  try {
    image.library = open_library(image.library_path);
    image.library_crc = file_crc32c(*image.library);
  } catch (const Error& error) {
    if (error.system_errno() != ENOENT) throw;
  }
  return image;
}

}  // namespace jireloc
