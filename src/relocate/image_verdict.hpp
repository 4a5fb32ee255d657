// The verdict on one image: whether what becomes of it would be accepted where it will be, and would work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jireloc/check.hpp"
#include "relocate/depot_images.hpp"
#include "relocate/judging.hpp"
#include "relocate/layers.hpp"

namespace jireloc::relocating {

// What images are held against.
struct ImageRules {
  RewriteOptions options;  // what becomes of them; presences are filled in
  // Whether what their code names is looked for although nothing becomes of it.
  bool checks_code = false;
  std::vector<std::string> names = {};  // of the depot besides its own, where it stays in its place
};

// For several threads. What throws Error cannot be told.
class ImageVerdict {
 public:
  // `unlisted`: folders of the depot that could not be listed.
  ImageVerdict(Judging& judging, const Layers& layers, const std::vector<Error>& unlisted, ImageRules rules);

  // What becomes of an image, if its files are found so; nothing where the item says what speaks against it.
  std::optional<RewritePlan> plan(const ImagePair& pair, const FileView& view, DepotItem& item) const;
  // What Julia would say of the planned image at its place, and what its code would miss there; nothing where
  // all is well. A path that names nothing may be made at run time: that is a warning.
  std::optional<Reason> flaw(const ImagePair& pair, const RewritePlan& plan, const std::string& target,
                             const FileView& view, std::vector<Reason>* warnings = nullptr) const;
  // Why an image that is in the target already cannot stand for ours; empty where it can: it is whole,
  // relocated, its sources proven, and Julia accepts it there. With --move it will be the only one.
  std::string flaw_at_target(const Folder& depot, const std::string& path, uint64_t largest_in_memory) const;
  // A path below another name of the depot, as one below its own; others as they are.
  std::string own_name(const std::string& path) const;

 private:
  std::optional<Refusal> unusable_package(const PackageFolder& package) const;
  std::optional<Refusal> unusable_source(const RewritePlan& plan) const;
  std::optional<Refusal> refusal(const RewritePlan& plan) const;
  bool stays(const std::string& path) const;

  Judging& judging_;
  const Layers& layers_;
  const std::vector<Error>& unlisted_;
  ImageRules rules_;
};

}  // namespace jireloc::relocating
