// What may lie in a lower layer of an overlay of which the source is the upper folder.
#pragma once

#include "jireloc/mount_view.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// How files are found before the step. Error (io) for what is not in the source where a folder above it there
// is one that a lower layer shows through: whether it was there for the worker cannot be told.
class UpperView final : public FileView {
 public:
  explicit UpperView(const Run& run);
  std::string actual(const std::string& path) const override;

 private:
  bool may_lie_below(const std::string& here) const;

  const Run& run_;
  bool is_upper_;
};

}  // namespace jireloc::relocating
