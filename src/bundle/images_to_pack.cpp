#include "bundle/images_to_pack.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace jireloc::bundles {
namespace {

template <typename Value>
size_t number_in(std::vector<Value>& values, const Value& value) {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found != values.end()) return static_cast<size_t>(found - values.begin());
  values.push_back(value);
  return values.size() - 1;
}

}  // namespace

void ImagesToPack::drop_incomplete() {
  for (bool more = true; more;) {
    more = false;
    for (const HeaderFacts& facts : headers_) {
      const auto found = packed_.find(facts.ref.relative());
      if (found == packed_.end()) continue;
      const std::string missing = what_is_missing(facts);
      if (missing.empty()) continue;
      found->second->status = DepotItemStatus::dropped;
      found->second->reasons.push_back({Code::dependency_dropped, missing});
      packed_.erase(found);
      more = true;
    }
  }
}

std::string ImagesToPack::what_is_missing(const HeaderFacts& facts) const {
  for (const std::string& package : facts.packages)
    if (!trees_.contains(package)) return fmt::format("its package {} is not packed", package);
  for (const RequiredModule& need : facts.needs) {
    const auto [begin, end] = providers_.equal_range(key_of(need));
    const auto is_there = [&](const auto& at) {
      return packed_.contains(headers_[at.second].ref.relative());
    };
    if (begin != end && std::none_of(begin, end, is_there))
      return fmt::format("{}, which it needs, is not packed", headers_[begin->second].ref.relative());
  }
  return {};
}

void ImagesToPack::add_to(BundleManifest& manifest,
                          const std::function<BundleFile(const std::string&)>& list) const {
  for (const HeaderFacts& facts : headers_) {
    const auto found = packed_.find(facts.ref.relative());
    if (found == packed_.end()) continue;
    try {
      BundleImage image = image_of(facts, manifest);
      for (const std::string& path : {image.path, image.library})
        if (!path.empty()) manifest.files.push_back(list(path));
      manifest.images.push_back(std::move(image));
    } catch (const Error& error) {
      throw Error(error.in_file(found->second->path));
    }
  }
  std::sort(manifest.images.begin(), manifest.images.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
}

BundleImage ImagesToPack::image_of(const HeaderFacts& facts, BundleManifest& manifest) const {
  BundleImage image;
  image.path = facts.ref.relative();
  if (!facts.library.empty()) image.library = facts.ref.folder + "/" + facts.library;
  image.name = facts.provides[0].name;
  image.uuid = facts.provides[0].uuid;
  image.build_id_hi = facts.provides[0].build_id_hi;
  image.build_id_lo = facts.provides[0].build_id_lo;
  image.julia = number_in(manifest.julias, facts.julia);
  image.flags = facts.flags;
  image.processors = facts.processors;
  image.clone_targets = facts.clone_targets;
  image.packages.assign(facts.packages.begin(), facts.packages.end());
  for (const RequiredModule& need : facts.needs) add_need(need, manifest, image);
  return image;
}

void ImagesToPack::add_need(const RequiredModule& need, BundleManifest& manifest, BundleImage& image) const {
  const auto [begin, end] = providers_.equal_range(key_of(need));
  bool is_inside = false;
  for (auto at = begin; at != end; ++at) {
    const std::string path = headers_[at->second].ref.relative();
    if (!packed_.contains(path)) continue;
    image.rests_on.push_back(path);
    is_inside = true;
  }
  if (!is_inside) image.needs.push_back(number_in(manifest.modules, need));
  std::sort(image.rests_on.begin(), image.rests_on.end());
}

}  // namespace jireloc::bundles
