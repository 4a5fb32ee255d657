// How files are found before and after the step.
#pragma once

#include "jireloc/mount_view.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// "packages/Name/SLUG" of "packages/Name/SLUG/…" below a depot, "artifacts/SHA1" of "artifacts/SHA1/…"; empty
// for what lies in no such tree.
std::string tree_in_depot(std::string_view path_in_depot);

// How files are found where nothing of what is dropped is there any more, also while it still lies in the
// depot.
class KeptView : public FileView {
 public:
  explicit KeptView(const Judging& judging) : judging_(judging) {}
  std::string actual(const std::string& path) const override;

 private:
  const Judging& judging_;
};

// How the files at their new place are found: what the step has not put there yet is found in the source.
class StepView final : public FileView {
 public:
  explicit StepView(const Run& run) : run_(run), kept_(run) {}
  std::string actual(const std::string& path) const override;

 private:
  bool comes_later(std::string_view tail) const;

  const Run& run_;
  const KeptView kept_;
};

// How files are found before the step, where the source may be the upper folder of an overlay. Error (io) for
// what is not in the source where a folder above it there is one that a lower layer shows through: whether it
// was there for the worker cannot be told.
class UpperView final : public FileView {
 public:
  explicit UpperView(const Run& run);
  std::string actual(const std::string& path) const override;

 private:
  bool may_lie_below(const std::string& here) const;

  const Run& run_;
  bool is_upper_;
};

// The same while nothing is written: what would be in the target is still in the source.
class UnwrittenView final : public FileView {
 public:
  explicit UnwrittenView(const Run& run) : run_(run), before_(run) {}
  std::string actual(const std::string& path) const override;

 private:
  const Run& run_;
  const UpperView before_;
};

}  // namespace jireloc::relocating
