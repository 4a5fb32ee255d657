// The padding that keeps a checksum, for patches wherever they lie.
#include "payload/keep_checksum.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "jireloc/crc32c.hpp"
#include "payload/loaded_image.hpp"

using namespace jireloc;
using namespace jireloc::payload;

namespace {

// 300 bytes, of which 100 to 200 are the payload, with eight bytes of padding in two places.
struct Payload {
  Payload() : bytes(300, '\0') {
    std::mt19937 random(7);
    for (char& byte : bytes) byte = static_cast<char>(random());
    bytes.replace(120, 5, std::string(5, '\0'));
    bytes.replace(160, 3, std::string(3, '\0'));
    source = view_bytes(bytes, "payload");
    place.source = source.get();
    place.extent = {100, 100};
    place.padding = {{120, 5}, {160, 3}};
    place.checksum = checksum_of(bytes);
  }
  uint32_t checksum_of(const std::string& all) const {
    return crc32c::value(std::string_view(all).substr(100, 100));
  }
  std::string bytes;
  std::unique_ptr<ByteSource> source;
  PayloadPlace place;
};

}  // namespace

TEST_CASE("The checksum is kept for patches in front of, in, across the end of and behind the payload") {
  const std::vector<std::vector<BytePatch>> cases = {{{100, "A"}},
                                                     {{199, "Z"}},
                                                     {{130, "mid"}, {110, "unsorted"}},
                                                     {{90, "apart"}, {150, "in"}, {250, "apart"}},
                                                     {{197, "across the end"}},
                                                     {{10, "before"}, {196, "four"}, {200, "behind"}}};
  const Payload whole;
  for (const auto& patches : cases) {
    CAPTURE(patches[0].offset);
    for (const bool in_memory : {true, false}) {
      CAPTURE(in_memory);
      PayloadPlace place = whole.place;
      const auto streamed = patched_source(*whole.source, {});  // not in memory as a whole
      if (!in_memory) place.source = streamed.get();
      std::vector<BytePatch> kept_patches = patches;
      const KeptChecksum kept = keep_payload_checksum(place, kept_patches);
      CHECK(kept.solved);
      CHECK(kept.free_bits == 64);
      CHECK(kept.rank == 32);
      const std::string after = test::apply(whole.bytes, kept_patches);
      CHECK(whole.checksum_of(after) == *place.checksum);
      const std::string changed = test::apply(whole.bytes, patches);
      for (size_t at = 0; at < after.size(); ++at) {
        const bool is_padding = (at >= 120 && at < 125) || (at >= 160 && at < 163);
        if (!is_padding && after[at] != changed[at]) FAIL("byte " << at << " is not what was asked for");
      }
      for (size_t k = 1; k < kept_patches.size(); ++k)
        CHECK(kept_patches[k - 1].offset < kept_patches[k].offset);
    }
  }
}

TEST_CASE("A patch that says what is there already is left out, and so is padding that stays zero") {
  const Payload whole;
  std::vector<BytePatch> patches{{110, whole.bytes.substr(110, 4)}};
  CHECK(keep_payload_checksum(whole.place, patches).solved);
  CHECK(patches.empty());
  patches = {{110, whole.bytes.substr(110, 4)}, {130, "changed"}};
  CHECK(keep_payload_checksum(whole.place, patches).solved);
  CHECK(
      std::any_of(patches.begin(), patches.end(), [](const BytePatch& each) { return each.offset == 130; }));
  for (const BytePatch& patch : patches)
    CHECK(whole.bytes.substr(patch.offset, patch.bytes.size()) != patch.bytes);
}

TEST_CASE("Patches that do not touch the payload ask for no padding, and are sorted") {
  const Payload whole;
  std::vector<BytePatch> patches{{200, "behind"}, {50, "before"}};
  const KeptChecksum kept = keep_payload_checksum(whole.place, patches);
  CHECK(kept.solved);
  CHECK(kept.free_bits == 0);
  CHECK(kept.rank == 0);
  CHECK(patches == std::vector<BytePatch>{{50, "before"}, {200, "behind"}});
}
