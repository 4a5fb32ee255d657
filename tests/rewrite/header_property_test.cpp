// Properties of header relocation over all real images.
#include <catch2/catch.hpp>
#include <iterator>

#include "jireloc/path_map.hpp"
#include "support/corpus.hpp"
#include "support/image.hpp"
#include "support/short_run.hpp"

using namespace jireloc;

namespace {

PathMap map_of(const std::string& from, const std::string& to) {
  PathMap map;
  map.add({from, to});
  return map;
}

std::string old_root(const test::CorpusImage& image) {
  return image.tracked_by_path() ? "/home/pkgeval/dev" : "/home/pkgeval/.julia";
}

}  // namespace

TEST_CASE("there and back again is the identity, for shorter, equal, longer and non-ASCII places") {
  const std::string places[] = {"/j",
                                "/usr/share/julia",
                                "/home/pkgevaX/.juliX",
                                "/a/much/longer/place/for/julia/depots",
                                "/gr\xC3\xB6\xC3\x9F"
                                "e/\xE6\x97\xA5\xE6\x9C\xAC",
                                "/not\xFF\xFEutf8"};
  const size_t step = test::under_asan<size_t>(3, 1);  // each image goes to some places, the next to others
  size_t first = 0;
  for (const test::CorpusImage& image : test::corpus_images()) {
    const std::string original = test::read_bytes(image.ji);
    const ImagePair opened = test::image_of(original);
    for (size_t k = first++ % step; k < std::size(places); k += step) {
      const std::string& place = places[k];
      INFO(image.ji << " -> " << place);
      const std::string moved = test::relocate_header(opened, map_of(old_root(image), place));
      const ImagePair there = test::image_of(moved);
      CHECK(there.sums.file_crc_ok);
      CHECK(there.sums.payload_crc_ok.value_or(true));
      CHECK(test::relocate_header(there, map_of(place, old_root(image))) == original);
    }
  }
}

TEST_CASE("every length of the new place across two alignment steps keeps the payload aligned and whole") {
  const size_t step = test::under_asan<size_t>(5, 1);
  size_t first = 0;
  for (const test::CorpusImage& image : test::corpus_images()) {
    if (image.ji.string().find("/Leaf/") == std::string::npos) continue;
    const std::string original = test::read_bytes(image.ji);
    const ImagePair opened = test::image_of(original);
    for (size_t length = 2 + first++ % step; length <= 140; length += step) {
      INFO(image.ji << " to a place of " << length << " bytes");
      const std::string place = "/" + std::string(length - 1, 'x');
      const ImagePair there = test::image_of(test::relocate_header(opened, map_of(old_root(image), place)));
      if (there.file.layout->has_aligned_payload() && there.file.payload.size != 0) {
        CHECK(there.file.payload.offset % 64 == 0);
        CHECK(there.file.payload.offset - there.file.header_end < 64);
      }
      CHECK(there.sums.file_crc_ok);
      CHECK(there.sums.payload_crc == opened.sums.payload_crc);
      CHECK(test::relocate_header(there, map_of(place, old_root(image))) == original);
    }
  }
}

TEST_CASE("only paths below the mapped folder change, require entries and all else stay") {
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const ImagePair before = test::image_of(test::read_bytes(image.ji));
    const ImagePair after = test::image_of(test::relocate_header(before, map_of(old_root(image), "/new")));
    REQUIRE(after.file.dependencies.size() == before.file.dependencies.size());
    for (size_t i = 0; i < before.file.dependencies.size(); ++i) {
      const Dependency& was = before.file.dependencies[i];
      Dependency expected = was;
      if (was.path.starts_with(old_root(image) + "/"))
        expected.path = "/new" + was.path.substr(old_root(image).size());
      CHECK(after.file.dependencies[i] == expected);
    }
    CHECK(after.file.worklist == before.file.worklist);
    CHECK(after.file.required_modules == before.file.required_modules);
    CHECK(after.file.preferences == before.file.preferences);
    CHECK(after.file.clone_targets == before.file.clone_targets);
    CHECK(after.file.checksum == before.file.checksum);
    CHECK(after.file.so_crc == before.file.so_crc);
    for (const SourceText& text : after.file.source_texts) {
      const auto entry =
          std::find_if(after.file.dependencies.begin(), after.file.dependencies.end(),
                       [&](const Dependency& dependency) { return dependency.path == text.path; });
      CHECK(entry != after.file.dependencies.end());
    }
  }
}

TEST_CASE("paths inside the new depot are written as @depot where the layout knows that") {
  RewriteOptions options;
  options.depot_relative = true;
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const ImagePair before = test::image_of(test::read_bytes(image.ji));
    const ImagePair after =
        test::image_of(test::relocate_header(before, map_of(old_root(image), "/usr/share/julia"), options));
    const bool knows = before.file.layout->content_tracking;
    for (const Dependency& entry : after.file.dependencies) {
      if (entry.is_require()) continue;
      if (knows)
        CHECK(entry.path.starts_with("@depot/"));
      else
        CHECK(entry.path.starts_with("/usr/share/julia/"));
    }
  }
}

TEST_CASE("an image with any checksum broken is refused and not blessed with a new one") {
  const auto images = test::corpus_images();
  for (const test::CorpusImage& image : images) {
    if (image.ji.string().find("/Leaf/") == std::string::npos) continue;
    std::string bytes = test::read_bytes(image.ji);
    bytes[bytes.size() - 40] ^= 1;  // in a source text
    const ImagePair broken = test::image_of(bytes);
    RewriteOptions options;
    options.map = map_of(old_root(image), "/new");
    options.payload = PayloadMode::header_only;
    ProofCache proofs;
    const RewritePlan plan = plan_rewrite(broken, options, test::EmptyView(), proofs);
    CHECK(plan.status == RewriteStatus::failed);
    REQUIRE(plan.reasons.size() == 1);
    CHECK(plan.reasons[0].code == Code::bad_file_checksum);
  }
}
