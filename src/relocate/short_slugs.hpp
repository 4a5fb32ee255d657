// Package folders whose name has four letters. The one place that says when they are taken.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jireloc/relocate.hpp"
#include "relocate/held_images.hpp"
#include "relocate/inventory.hpp"

namespace jireloc::relocating {

// A name of four letters stands for 24 bits of a git tree hash: another tree that has it is found in seconds,
// one for a name of five (30 bits) in minutes. Pkg has made five since 1.0, yet every Julia still looks for
// four: before five up to 1.6, after them from 1.7 on (slug_lengths). As both are cut from one checksum, the
// four letters are the first of the five. So a forged folder of four would be loaded in the place of the
// genuine one of five by Julias up to 1.6, and by all where that one is not there. Therefore it is taken only
//  - where no folder of five letters of that package begins with the four, in the source or the target, and
//  - where something needs it: an image of the source was compiled from it, as old Julias' images are, or a
//    trusted Manifest or registry (--untrusted) lists its tree, which counts for more than any slug.
class ShortSlugs {
 public:
  // `to` may be null. Reads the headers of the source's images only if there is such a folder. `held`: see
  // DepotGraph::add_depot.
  ShortSlugs(FileSystem& system, const Folder& from, const Folder* to, const Inventory& source,
             const HeldImages* held = nullptr);

  // Why a package folder is not taken; empty where nothing is against it, and for whatever is none of those.
  std::vector<Reason> judge(const TreeRef& package, const DepotRules& rules) const;
  // The folder of five letters that it must not lie beside; "" where there is none.
  std::string longer_one(const TreeRef& package) const;

 private:
  FileSystem& system_;
  const Folder* to_;
  std::set<std::string> present_, needed_;  // "packages/Name/SLUG"
  bool all_known_ = true;                   // all images could be looked at
};

}  // namespace jireloc::relocating
