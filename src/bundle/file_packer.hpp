// The files of a bundle, as they are in the depot, made into frames: by several threads, each file read once
// as far as memory allows.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bundle/frames.hpp"
#include "bundle/held_contents.hpp"
#include "bytes/file_io.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/in_order.hpp"

namespace jireloc::bundles {

class FilePacker {
 public:
  // The references must outlive it. `held`: what is not read again where it has the digest that is listed.
  // `stop`: once true, the work ends with Error (interrupted); may be null.
  FilePacker(FileSystem& system, const Folder& depot, const HeldContents& held, Threads& threads, int level,
             const std::atomic<bool>* stop);
  ~FilePacker();

  // Reads all files, and sets the digests that are not known. Where `packs`, what was read is made into
  // frames at once, which are kept for write() until they fill `kMostKept`. Calls `known()` once, on any
  // thread, when all digests are set; other threads still make frames then. Throws Error: io, conflict (a
  // file is not of its size).
  void hash(std::vector<BundleFile>& files, bool packs, const std::function<void()>& known);
  // Writes all entries: the frames that are kept, and what else there is read once more. `files`: the same,
  // or some of them. Throws Error (conflict) where one is not what was hashed.
  void write(const std::vector<BundleFile>& files, FrameWriter& frames);

  static constexpr uint64_t kMostKept = uint64_t{256} << 20;

 private:
  struct Group {
    size_t begin = 0, end = 0;  // numbers of files
    uint64_t size = 0;          // unpacked, more or less
    std::vector<PackedFrame> frames = {};
    bool is_kept = false;      // the frames are all of them
    bool has_unknown = false;  // digests
  };
  class Reader;
  class Lent;

  static std::vector<Group> groups_of(const std::vector<BundleFile>& files);
  void check_stop() const;
  [[noreturn]] void changed(const BundleFile& file) const;

  FileSystem& system_;
  const Folder& depot_;
  const HeldContents& held_;
  Threads& threads_;
  const int level_;
  const std::atomic<bool>* stop_;
  std::vector<Group> groups_;
  size_t count_ = 0;  // of the files that the groups are of
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace jireloc::bundles
