// Files that are looked at once.
#pragma once

#include <string>
#include <unordered_map>

#include "jireloc/file_view.hpp"

namespace jireloc::relocating {

// While one image is judged: the times that were planned for it are held against the same look at its
// sources. Belongs to one thread. Another view, which must outlive it, finds the files.
class OneLook final : public FileView {
 public:
  explicit OneLook(const FileView& base) : base_(base) {}
  std::string actual(const std::string& path) const override { return base_.actual(path); }
  FileStatus status(const std::string& path) const override {
    const auto [found, is_new] = seen_.try_emplace(path);
    if (is_new) found->second = base_.status(path);
    return found->second;
  }

 private:
  const FileView& base_;
  mutable std::unordered_map<std::string, FileStatus> seen_;
};

}  // namespace jireloc::relocating
