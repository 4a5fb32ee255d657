// Real payloads that Julia compressed: in 1.13 in the library, in format 15 in the .ji.
#include <zstd.h>

#include <catch2/catch.hpp>

#include "jireloc/crc32c.hpp"
#include "payload/loaded_image.hpp"
#include "payload/regions.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

PayloadPlan plan(const LoadedImage& image, const std::string& from, const std::string& to) {
  return plan_payload(image.input(), std::vector<PayloadMap>{{from, to, {}}});
}

// The image with the plan carried out in both files.
std::unique_ptr<LoadedImage> carried_out(const LoadedImage& image, const PayloadPlan& plan) {
  if (plan.growth) {
    const auto library = spliced_source(*image.library, {0, image.library->size()}, plan.growth->library);
    return with_bytes(image, image.ji, library->read_string(0, library->size()));
  }
  if (plan.packed_payload.empty()) return apply(image, plan);
  CacheFile after = image.file;
  after.payload.size = plan.packed_payload.size();
  std::vector<std::string> names;
  for (const SourceText& text : after.source_texts) names.push_back(text.path);
  place(after, names);
  const auto payload = view_bytes(plan.packed_payload);
  return with_bytes(image, serialize_ji(after, *payload, {0, payload->size()}),
                    apply(image.so, plan.library));
}

std::string unpacked(const LoadedImage& image) {
  const auto open = payload::open_payload(image.input(), {});
  REQUIRE_FALSE(open.obstacle);
  REQUIRE(open.packed);
  return open.place->source->read_string(0, open.place->source->size());
}

}  // namespace

TEST_CASE("Real compressed payloads are changed, keep their checksum, and come back as they were") {
  int changed = 0, images = 0, moving = 0;
  for (const auto& image : loaded_images()) {
    if (!image->is_compressed()) continue;
    INFO(image->name);
    ++images;
    const std::string before = unpacked(*image);
    const PayloadPlan there = plan(*image, image->old_path(), image->new_path());
    REQUIRE_FALSE(there.obstacle);
    // Libraries of some kilobytes that a later zstd packed, which takes a few bytes less than ours.
    moving += there.growth.has_value();
    CHECK(there.residue().empty());
    CHECK(there.packed_payload.empty() ==
          (!image->file.layout->payload_always_here || !there.changes_anything()));
    const auto moved = carried_out(*image, there);
    CHECK((moved->so.size() == image->so.size()) == !there.growth);
    const std::string after = unpacked(*moved);  // which is where all checksums are verified
    CHECK(after.size() == before.size());
    CHECK(offsets_of(image->old_path(), after).empty());
    CHECK(offsets_of(image->old_path(), moved->so).empty());
    const PayloadPlan back = plan(*moved, image->new_path(), image->old_path());
    REQUIRE_FALSE(back.obstacle);
    CHECK(unpacked(*carried_out(*moved, back)) == before);
    changed += there.changes_anything();
  }
  CHECK(images == 8);
  CHECK(moving <= 2);
  CHECK(changed >= 7);
}

TEST_CASE(
    "Packing again takes the level that was taken before, and Julia's own where none gives the same bytes") {
  for (const auto& image : loaded_images()) {
    if (image->name != "1.14.0-DEV-format15-split-compressed/Leaf") continue;
    const std::string bytes = unpacked(*image);
    for (const int level : {3, 15, 19}) {
      INFO(level);
      PayloadPlan packed;
      packed.packed_payload.resize(ZSTD_compressBound(bytes.size()));
      packed.packed_payload.resize(ZSTD_compress(packed.packed_payload.data(), packed.packed_payload.size(),
                                                 bytes.data(), bytes.size(), level));
      const auto other = carried_out(*image, packed);
      const auto moved = carried_out(*other, plan(*other, image->old_path(), image->new_path()));
      const auto again = carried_out(*moved, plan(*moved, image->new_path(), image->old_path()));
      CHECK(again->ji == other->ji);  // byte for byte: the level was found
    }
    return;
  }
  FAIL("no such image");
}
