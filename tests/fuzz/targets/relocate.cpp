// Relocating the header of an image in memory, there and back again.
#include <algorithm>

#include "fuzz/targets.hpp"
#include "support/image.hpp"

namespace jireloc::fuzz {
namespace {

const PathMapping kThere{"/home/u/.julia", "/usr/share/julia"};

std::optional<std::string> relocated(const ImagePair& image, const PathMapping& mapping) {
  RewriteOptions options;
  options.map.add(mapping);
  options.payload = PayloadMode::header_only;
  options.experimental = true;
  ProofCache proofs;
  const RewritePlan plan = plan_rewrite(image, options, test::EmptyView(), proofs);
  if (plan.status == RewriteStatus::unchanged) return image.ji->read_string(0, image.ji->size());
  if (plan.status != RewriteStatus::rewritten) {
    require(!plan.reasons.empty(), "an image left alone has a reason");
    return {};
  }
  return serialize_ji(plan.after, *image.ji, image.file.payload);
}

bool names(const CacheFile& file, const std::string& place) {
  const auto below = [&](const auto& named) { return is_path_prefix(place, named.path); };
  return std::any_of(file.dependencies.begin(), file.dependencies.end(), below) ||
         std::any_of(file.source_texts.begin(), file.source_texts.end(), below);
}

}  // namespace

void relocate(std::string_view data) {
  ImagePair image;
  try {
    image = test::image_of(std::string(data));
  } catch (const Error&) {
    return;
  }
  const bool sound = image.sums.file_crc_ok && image.sums.payload_crc_ok.value_or(true);
  const auto moved = relocated(image, kThere);
  require(moved.has_value() == sound, "an image is relocated just where its checksums hold");
  if (!moved) return;
  const ImagePair there = test::image_of(*moved);
  require(there.sums.file_crc_ok && there.sums.payload_crc_ok.value_or(true), "checksums hold afterwards");
  require(!names(there.file, kThere.from), "nothing names the old place afterwards");
  require(there.file.dependencies.size() == image.file.dependencies.size(), "no dependency is lost");
  // Paths of the new place would come back as the old one; padding other than zero is not kept.
  if (names(image.file, kThere.to)) return;
  if (image.file.padding.find_first_not_of('\0') != std::string::npos || image.file.padding.size() >= 64)
    return;
  require(relocated(there, {kThere.to, kThere.from}) == data, "there and back again is the identity");
}

}  // namespace jireloc::fuzz
