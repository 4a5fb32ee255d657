// What of a depot is chosen to be packed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "jireloc/bundle.hpp"
#include "jireloc/environment.hpp"
#include "relocate/inventory.hpp"

namespace jireloc::bundles {

// An image as far as its header tells what it needs.
struct HeaderFacts {
  relocating::ImageRef ref;
  Prefix julia;
  uint8_t flags = 0;
  std::string library;  // its name beside the image; empty where it has none
  std::vector<std::string> processors;
  std::string clone_targets;
  std::vector<RequiredModule> provides, needs;
  std::set<std::string> packages;  // "packages/Name/SLUG"
};
using ModuleKey = std::tuple<std::string, Uuid, uint64_t, uint64_t>;
inline ModuleKey key_of(const RequiredModule& module) {
  return {module.name, module.uuid, module.build_id_hi, module.build_id_lo};
}

// Images that cannot be read have no facts: they are judged later.
std::optional<HeaderFacts> read_header(FileSystem& system, const Folder& depot,
                                       const relocating::ImageRef& ref);

// Which images provide a module.
using Providers = std::multimap<ModuleKey, size_t>;
Providers providers_of(const std::vector<HeaderFacts>& images);

// Leaves those packages and images in the inventory that `options` choose; the others of the packages come to
// `left_out`. Throws Error (usage) for a name that nothing has.
void choose(const PackOptions& options, const std::vector<HeaderFacts>& images,
            relocating::Inventory& inventory, std::set<std::string>& left_out);

}  // namespace jireloc::bundles
