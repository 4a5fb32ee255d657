#include "bundle/staged_digests.hpp"

#include "jireloc/crc32c.hpp"

namespace jireloc::bundles {

StagedDigests::Staged StagedDigests::of(const struct stat& info, const BundleFile& file,
                                        std::string_view content, const Sha1& blob) {
  return {info.st_dev, info.st_ino, content.size(), file.seconds, file.nanoseconds, crc32c::value(content),
          blob};
}

void StagedDigests::add(const Staged& staged) {
  files_.insert_or_assign(staged.inode, staged);
}

std::optional<KnownContent> StagedDigests::find(const FileStatus& status) const {
  const auto found = files_.find(status.inode);
  if (found == files_.end()) return {};
  const Staged& staged = found->second;
  const bool is_it = status.is_file() && status.device == staged.device && status.size == staged.size &&
                     status.mtime == julia_mtime(staged.seconds, staged.nanoseconds);
  if (!is_it) return {};
  return KnownContent{{}, staged.blob, staged.crc32c};
}

}  // namespace jireloc::bundles
