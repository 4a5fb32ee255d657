// A part of a bundle: some packages, and what their images need.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

class BundlePart {
 public:
  // Throws Error (usage) for a name that nothing in the bundle has. Without names it is the whole.
  BundlePart(const BundleManifest& manifest, const std::vector<std::string>& names);
  bool has(const BundleFile& file) const;
  // Whether an image of it rests on that one.
  bool needs(const std::string& image) const { return all_ || needed_.contains(image); }

 private:
  void add_what_rests_on_it(const BundleManifest& manifest);
  void add_image(const BundleManifest& manifest, const std::string& path);

  bool all_;
  std::set<std::string, std::less<>> trees_, files_, needed_;
};

}  // namespace jireloc::bundles
