// What will be at the target after the step.
#pragma once

#include "relocate/run.hpp"

namespace jireloc::relocating {

// "packages/Name/SLUG" of "packages/Name/SLUG/…" below a depot, "artifacts/SHA1" of "artifacts/SHA1/…"; empty
// for what lies in no such tree.
std::string tree_in_depot(std::string_view path_in_depot);

// How the files at their new place are found: what the step will not put there is not there, also while it
// still lies in the source; what it has not put there yet is found in the source.
class StepView final : public FileView {
 public:
  explicit StepView(const Run& run) : run_(run) {}
  std::string actual(const std::string& path) const override;

 private:
  bool comes_later(std::string_view tail) const;

  const Run& run_;
};

}  // namespace jireloc::relocating
