#include "relocate/target_names.hpp"

#include <fmt/format.h>

#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::relocating {

void TargetNames::add_image(const GraphImage& image) {
  add_file(image.path);
  if (const auto build = build_of(image))
    by_build_.emplace(std::pair(image.path.substr(0, image.path.rfind('/')), *build), image.path);
}

std::optional<uint32_t> TargetNames::build_of(const GraphImage& image) {
  if (image.provides.empty()) return {};
  return image.provides[0];
}

std::optional<std::string> TargetNames::same_build(const GraphImage& image, const ImageRef& ref) const {
  const auto build = build_of(image);
  return build ? same_build(*build, ref) : std::nullopt;
}

std::optional<std::string> TargetNames::same_build(uint32_t build, const ImageRef& ref) const {
  const auto found = by_build_.find({to_ + "/" + ref.folder, build});
  if (found == by_build_.end()) return {};
  return found->second;
}

std::string TargetNames::free_name(const GraphImage& image, const ImageRef& ref) const {
  std::string own = to_ + "/" + ref.relative();
  if (!taken_.contains(own)) return own;
  const auto path = parse_cache_path(own);
  // Only names with two slugs are searched for by their beginning (1.3 and later, packages with a UUID).
  if (!path || path->package_slug.empty() || path->config_slug.empty()) return {};
  const uint32_t seed = crc32c::value(image.path);
  for (uint32_t i = 0; i < 1000; ++i) {
    std::string tried = fmt::format("{}/{}/{}_{}.ji", to_, ref.folder, path->package_slug, slug(seed + i, 5));
    if (!taken_.contains(tried)) return tried;
  }
  return {};
}

void TargetNames::take(const GraphImage& image, const ImageRef& ref, const std::string& path) {
  taken_.insert(path);
  if (const auto build = build_of(image)) by_build_.emplace(std::pair(to_ + "/" + ref.folder, *build), path);
}

void TargetNames::forget(const GraphImage& image, const ImageRef& ref, const std::string& path) {
  taken_.erase(path);
  const auto build = build_of(image);
  if (!build) return;
  const auto found = by_build_.find({to_ + "/" + ref.folder, *build});
  if (found != by_build_.end() && found->second == path) by_build_.erase(found);
}

}  // namespace jireloc::relocating
