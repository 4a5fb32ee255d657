// Images of a bundle that are kept in memory until they are rewritten: they need not be written twice, and
// read again in between.
#pragma once

#include <memory>
#include <set>
#include <string_view>

#include "bundle/held_contents.hpp"
#include "bundle/part.hpp"
#include "jireloc/bundle.hpp"
#include "relocate/held_images.hpp"

namespace jireloc::bundles {

class ImagesInMemory {
 public:
  // The first images of the part, each with its native library, that go into 128 MiB together and have no
  // file of more than 8 MiB. `manifest` must outlive it.
  ImagesInMemory(const BundleManifest& manifest, const BundlePart& part);
  ImagesInMemory(const ImagesInMemory&) = delete;
  ImagesInMemory& operator=(const ImagesInMemory&) = delete;

  bool has(const BundleFile& file) const { return wanted_.contains(file.path); }
  // Memory for the content of a file that it has, once. `mode`: as the file would have on the disk.
  char* room_for(const BundleFile& file, mode_t mode);
  // The same where the content is in memory already, with what else `owner` has of up to kFrame bytes: it is
  // copied where that would be too much.
  void take(const BundleFile& file, mode_t mode, std::string_view content,
            const std::shared_ptr<const void>& owner);

  // Those whose room was asked for.
  const relocating::HeldImages& images() const noexcept { return images_; }

 private:
  static constexpr uint64_t kMost = uint64_t{128} << 20;

  void add(const BundleFile& file, mode_t mode, const char* content);

  std::set<std::string_view> wanted_;
  std::set<std::shared_ptr<const void>> owners_;
  HeldContents contents_{kMost};
  relocating::HeldImages images_;
};

}  // namespace jireloc::bundles
