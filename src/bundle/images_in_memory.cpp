#include "bundle/images_in_memory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace jireloc::bundles {
namespace {

// No more than rewriting assembles in memory (rewrite/execute.cpp, kAssembled): larger ones it copies from
// their files, and these have none.
constexpr uint64_t kLargestImage = uint64_t{8} << 20;

std::unordered_map<std::string_view, uint64_t> sizes_of_images(const BundleManifest& manifest,
                                                               const BundlePart& part) {
  std::unordered_map<std::string_view, uint64_t> sizes;
  for (const BundleFile& file : manifest.files)
    if (file.path.starts_with("compiled/") && part.has(file)) sizes.emplace(file.path, file.size);
  return sizes;
}

}  // namespace

ImagesInMemory::ImagesInMemory(const BundleManifest& manifest, const BundlePart& part) {
  const auto sizes = sizes_of_images(manifest, part);
  uint64_t left = kMost;
  for (const BundleImage& image : manifest.images) {
    std::vector<std::string_view> files{image.path};
    if (!image.library.empty()) files.emplace_back(image.library);
    uint64_t size = 0;
    const bool fit = std::all_of(files.begin(), files.end(), [&](std::string_view file) {
      const auto found = sizes.find(file);
      if (found == sizes.end() || found->second == 0 || found->second > kLargestImage) return false;
      size += found->second;
      return true;
    });
    if (!fit || !image.path.ends_with(".ji") || size > left) continue;
    left -= size;
    wanted_.insert(files.begin(), files.end());
  }
}

char* ImagesInMemory::room_for(const BundleFile& file, mode_t mode) {
  char* const room = contents_.place_for(file.size);
  add(file, mode, room);
  return room;
}

void ImagesInMemory::take(const BundleFile& file, mode_t mode, std::string_view content,
                          const std::shared_ptr<const void>& owner) {
  if (!owners_.contains(owner) && (owners_.size() + 1) * kFrame > kMost + kFrame) {
    content.copy(room_for(file, mode), content.size());
    return;
  }
  owners_.insert(owner);
  add(file, mode, content.data());
}

void ImagesInMemory::add(const BundleFile& file, mode_t mode, const char* content) {
  struct stat status {};
  status.st_mode = S_IFREG | mode;
  status.st_nlink = 1;
  status.st_size = static_cast<off_t>(file.size);
  status.st_mtim = {file.seconds, file.nanoseconds};
  status.st_atim = status.st_mtim;
  images_.add(file.path, {content, file.size}, status);
}

}  // namespace jireloc::bundles
