// Digests of what was staged, to be held against what images record of their sources: those need not be read
// again.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "jireloc/bundle.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/proof.hpp"

namespace jireloc::bundles {

// Filled on one thread, then asked by several.
class StagedDigests {
 public:
  struct Staged {
    uint64_t device, inode, size;
    int64_t seconds;
    uint32_t nanoseconds, crc32c;
    Sha1 blob;
  };
  // `info`: of the file that the content was written to; `blob`: git's of the content.
  static Staged of(const struct stat& info, const BundleFile& file, std::string_view content,
                   const Sha1& blob);
  void add(const Staged& staged);
  // Of a file that has this status now, wherever it lies: of the one that was written, while that has the
  // size and the time that were given to it.
  std::optional<KnownContent> find(const FileStatus& status) const;

 private:
  std::unordered_map<uint64_t, Staged> files_;  // by inode
};

}  // namespace jireloc::bundles
