// Names of images in the target depot: what is there already, and what is free.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "relocate/image_graph.hpp"

namespace jireloc::relocating {

class TargetNames {
 public:
  // `images`: of both depots; those of the target lie below `to`.
  TargetNames(const std::vector<GraphImage>& images, std::string to);

  // The path of an image in the same folder of the target that has the same build.
  std::optional<std::string> same_build(const GraphImage& image, const ImageRef& ref) const;
  // A path in the target that nothing has: the image's own name, or another one beginning with its slug,
  // which Julia 1.3 and later finds as well. Empty where there is no such name.
  std::string free_name(const GraphImage& image, const ImageRef& ref) const;
  void take(const GraphImage& image, const ImageRef& ref, const std::string& path);

 private:
  static std::optional<uint32_t> build_of(const GraphImage& image);
  std::string to_;
  std::set<std::string> taken_;                                       // paths
  std::map<std::pair<std::string, uint32_t>, std::string> by_build_;  // folder and first module -> path
};

}  // namespace jireloc::relocating
