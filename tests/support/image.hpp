// Images in memory, planned and assembled without a disk.
#pragma once

#include <string>

#include "jireloc/rewrite.hpp"

namespace jireloc::test {

// The bytes of a .ji as an opened image without its library.
inline ImagePair image_of(std::string bytes, const std::string& name = "image.ji") {
  ImagePair image;
  image.path = name;
  image.ji = own_bytes(std::move(bytes), name);
  image.file = read_cache_file(*image.ji);
  image.sums = verify_checksums(image.file, *image.ji);
  return image;
}

// A view in which no recorded file is there.
class EmptyView final : public FileView {
 public:
  std::string actual(const std::string&) const override { return "/nonexistent/jireloc-test"; }
};

// The bytes of the image after its header is relocated by `map`.
inline std::string relocate_header(const ImagePair& image, const PathMap& map, RewriteOptions options = {}) {
  options.map = map;
  options.payload = PayloadMode::header_only;
  ProofCache proofs;
  const RewritePlan plan = plan_rewrite(image, options, EmptyView(), proofs);
  if (plan.status == RewriteStatus::failed || plan.status == RewriteStatus::skipped)
    throw std::runtime_error(plan.reasons.empty() ? "skipped" : plan.reasons[0].message);
  return serialize_ji(plan.after, *image.ji, image.file.payload);
}

}  // namespace jireloc::test
