#include "bundle/part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bundle/names.hpp"

namespace jireloc::bundles {

BundlePart::BundlePart(const BundleManifest& manifest, const std::vector<std::string>& names)
    : all_(names.empty()) {
  for (const std::string& name : names) {
    bool found = false;
    for (const BundlePackage& package : manifest.packages)
      if (package.name == name) {
        trees_.insert(package.path);
        found = true;
      }
    for (const BundleImage& image : manifest.images)
      if (image.name == name) {
        add_image(manifest, image.path);
        found = true;
      }
    if (!found) throw Error(ErrorKind::usage, fmt::format("the bundle has no package {}", name));
  }
  if (!all_) add_what_rests_on_it(manifest);
  // What code may name: which images name which artifact, no manifest says.
  if (!all_) trees_.insert(manifest.artifacts.begin(), manifest.artifacts.end());
}

// With all that it rests on.
void BundlePart::add_image(const BundleManifest& manifest, const std::string& path) {
  for (std::vector<std::string> waiting{path}; !waiting.empty();) {
    const std::string next = std::move(waiting.back());
    waiting.pop_back();
    const auto image = std::find_if(manifest.images.begin(), manifest.images.end(),
                                    [&](const BundleImage& one) { return one.path == next; });
    if (image == manifest.images.end() || !files_.insert(next).second) continue;
    if (!image->library.empty()) files_.insert(image->library);
    trees_.insert(image->packages.begin(), image->packages.end());
    needed_.insert(image->rests_on.begin(), image->rests_on.end());
    waiting.insert(waiting.end(), image->rests_on.begin(), image->rests_on.end());
  }
}

// Extensions, whose packages and all that they need are in it.
void BundlePart::add_what_rests_on_it(const BundleManifest& manifest) {
  const auto rests_on_it = [&](const BundleImage& image) {
    return !image.packages.empty() && !files_.contains(image.path) &&
           std::all_of(image.packages.begin(), image.packages.end(),
                       [&](const std::string& tree) { return trees_.contains(tree); }) &&
           std::all_of(image.rests_on.begin(), image.rests_on.end(), [&](const std::string& need) {
             return files_.contains(need) || needed_.contains(need);
           });
  };
  for (bool more = true; more;) {
    more = false;
    for (const BundleImage& image : manifest.images)
      if (rests_on_it(image)) {
        add_image(manifest, image.path);
        more = true;
      }
  }
}

bool BundlePart::has(const BundleFile& file) const {
  if (all_) return true;
  const std::string_view tree = tree_of(file.path);
  return tree.empty() ? files_.contains(file.path) : trees_.contains(tree);
}

}  // namespace jireloc::bundles
