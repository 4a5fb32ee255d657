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
  // Names are those of a depot at `to`.
  explicit TargetNames(std::string to) : to_(std::move(to)) {}

  // What is in the target: any file of that path; an image whose header was read.
  void add_file(const std::string& path) { taken_.insert(path); }
  void add_image(const GraphImage& image);
  bool is_known(const std::string& path) const { return taken_.contains(path); }

  // The path of an image in the same folder of the target that has the same build.
  std::optional<std::string> same_build(const GraphImage& image, const ImageRef& ref) const;
  std::optional<std::string> same_build(uint32_t build, const ImageRef& ref) const;
  // A path in the target that nothing has: the image's own name, or another one beginning with its slug,
  // which Julia 1.3 and later finds as well. Empty where there is no such name.
  std::string free_name(const GraphImage& image, const ImageRef& ref) const;
  void take(const GraphImage& image, const ImageRef& ref, const std::string& path);
  // Undoes that.
  void forget(const GraphImage& image, const ImageRef& ref, const std::string& path);

 private:
  static std::optional<uint32_t> build_of(const GraphImage& image);
  std::string to_;
  std::set<std::string> taken_;                                       // paths
  std::map<std::pair<std::string, uint32_t>, std::string> by_build_;  // folder and first module -> path
};

}  // namespace jireloc::relocating
