// The verdict on one image: whether what becomes of it would be accepted where it will be, and would work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jireloc/check.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/layers.hpp"
#include "relocate/run.hpp"
#include "relocate/step_map.hpp"

namespace jireloc::relocating {

// For several threads. What throws Error cannot be told.
class ImageVerdict {
 public:
  // `unlisted`: folders of the depot that could not be listed. `options`: of the change; places are filled
  // in.
  ImageVerdict(Run& run, StepMap map, const Layers& layers, const std::vector<Error>& unlisted,
               RewriteOptions options);

  // What becomes of an image, if its files are found so; nothing where the item says what speaks against it.
  std::optional<RewritePlan> plan(const ImagePair& pair, const FileView& view, DepotItem& item) const;
  // What Julia would say of the planned image at its place, and what its code would miss there; nothing where
  // all is well. A path that names nothing may be made at run time: that is a warning.
  std::optional<Remark> flaw(const ImagePair& pair, const RewritePlan& plan, const std::string& target,
                             const FileView& view, std::vector<Remark>* warnings = nullptr) const;
  // Why an image that is in the target already cannot stand for ours; empty where it can: it is whole,
  // relocated, its sources proven, and Julia accepts it there. With --move it will be the only one.
  std::string flaw_at_target(const std::string& path, uint64_t largest_in_memory) const;

 private:
  std::optional<Refusal> unusable_package(const PackageFolder& package) const;
  std::optional<Refusal> unusable_source(const RewritePlan& plan) const;
  std::optional<Refusal> refusal(const RewritePlan& plan) const;
  void note_developed(DepotItem& item, const CacheFile& file) const;
  std::optional<Remark> names_dropped_tree(const ImagePair& pair) const;
  std::string in_place(const std::string& path) const;
  bool stays(const std::string& path) const;

  Run& run_;
  const StepMap map_;
  const Layers& layers_;
  const std::vector<Error>& unlisted_;
  RewriteOptions options_;
};

}  // namespace jireloc::relocating
