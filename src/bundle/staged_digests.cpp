#include "bundle/staged_digests.hpp"

#include "jireloc/crc32c.hpp"

namespace jireloc::bundles {

void StagedDigests::add(const struct stat& info, const BundleFile& file, std::string_view content,
                        const Sha1& blob) {
  const Staged staged{info.st_dev,      content.size(),         file.seconds,
                      file.nanoseconds, crc32c::value(content), blob};
  const std::lock_guard lock(mutex_);
  files_.insert_or_assign(info.st_ino, staged);
}

std::optional<KnownContent> StagedDigests::find(const FileStatus& status) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(status.inode);
  if (found == files_.end()) return {};
  const Staged& staged = found->second;
  const bool is_it = status.is_file() && status.device == staged.device && status.size == staged.size &&
                     status.mtime == julia_mtime(staged.seconds, staged.nanoseconds);
  if (!is_it) return {};
  return KnownContent{{}, staged.blob, staged.crc32c};
}

}  // namespace jireloc::bundles
