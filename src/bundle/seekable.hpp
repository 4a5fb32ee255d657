// Any file of a bundle, by the table of its frames: without the others, but for those in the same frames.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bundle/frames.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/byte_source.hpp"

namespace jireloc::bundles {

class SeekableBundle {
 public:
  // Reads and verifies all of it. A file, or a frame, of more than `max_size` bytes cannot be had then.
  // Throws Error.
  SeekableBundle(const std::string& path, uint64_t max_size);

  const BundleManifest& manifest() const noexcept { return manifest_; }
  // The content of manifest().files[number], held against its digest. For any thread. Throws Error: io,
  // too_large, bad_checksum (the bundle changed meanwhile).
  std::string content(size_t number) const;

 private:
  struct Unpacked {
    size_t number;
    std::shared_ptr<const std::string> bytes;
  };
  std::shared_ptr<const std::string> frame(size_t number) const;
  std::string unpacked(size_t number) const;

  const std::unique_ptr<ByteSource> file_;
  const uint64_t max_size_;
  BundleManifest manifest_;
  std::vector<Frame> frames_;
  std::vector<uint64_t> packed_at_, unpacked_at_;  // where each frame begins, and the end
  std::vector<uint64_t> content_at_;               // of each file, in what was packed
  mutable std::mutex mutex_;
  mutable std::list<Unpacked> recent_;  // the one used last first
};

}  // namespace jireloc::bundles
