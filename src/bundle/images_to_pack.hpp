// Which of a depot's images are packed, and what each rests on.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bundle/selection.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

class ImagesToPack {
 public:
  // `kept`: items of images that nothing speaks against, by their paths in the depot. `trees`: packages and
  // artifacts that are packed. All must outlive it.
  ImagesToPack(const std::vector<HeaderFacts>& headers, std::map<std::string, DepotItem*> kept,
               const std::set<std::string>& trees)
      : headers_(headers), providers_(providers_of(headers)), packed_(std::move(kept)), trees_(trees) {}

  // Leaves those whose packages are packed, and all images of the depot that they need; of the others it is
  // said.
  void drop_incomplete();
  // `list`: gives a file by its path in the depot.
  void add_to(BundleManifest& manifest, const std::function<BundleFile(const std::string&)>& list) const;

 private:
  std::string what_is_missing(const HeaderFacts& facts) const;
  BundleImage image_of(const HeaderFacts& facts, BundleManifest& manifest) const;
  void add_need(const RequiredModule& need, BundleManifest& manifest, BundleImage& image) const;

  const std::vector<HeaderFacts>& headers_;
  const Providers providers_;
  std::map<std::string, DepotItem*> packed_;
  const std::set<std::string>& trees_;
};

}  // namespace jireloc::bundles
