#include <cerrno>
#include <cstdlib>

#include "bytes/windows.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc {

uint32_t file_crc32c(const ByteSource& source) {
  return bytes::checksum(source, bytes::whole(source));
}

ImagePair open_image(const std::string& path, uint64_t largest_in_memory) {
  const auto real = paths::real_path(path);
  if (!real) throw Error::system(errno, "realpath", path);
  const auto open = [&](const std::string& file) { return load(open_file(file), largest_in_memory); };
  return read_image(open(*real), *real, open);
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
