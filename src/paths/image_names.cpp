#include "jireloc/paths.hpp"

namespace jireloc::paths {
namespace {

constexpr std::string_view kImage = ".ji", kCompressed = ".ji.zst", kZstd = ".zst";

}  // namespace

bool is_compressed_image(std::string_view path) noexcept {
  return path.ends_with(kCompressed);
}

bool is_image(std::string_view path) noexcept {
  return path.ends_with(kImage) || is_compressed_image(path);
}

std::string_view loaded_name(std::string_view path) noexcept {
  if (is_compressed_image(path)) path.remove_suffix(kZstd.size());
  return path;
}

std::string_view image_stem(std::string_view path) noexcept {
  path = loaded_name(path);
  if (path.ends_with(kImage)) path.remove_suffix(kImage.size());
  return path;
}

}  // namespace jireloc::paths
