// Payloads of real images: everything is found, everything is replaced, the checksum stays, and there is a
// way back.
#include <catch2/catch.hpp>
#include <set>

#include "bytes/windows.hpp"
#include "jireloc/crc32c.hpp"
#include "payload/loaded_image.hpp"
#include "payload/regions.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

PayloadScan scan(const LoadedImage& image, const std::string& path) {
  return scan_payload(image.input(), std::vector<std::string>{path});
}

PayloadPlan plan(const LoadedImage& image, const std::string& from, const std::string& to,
                 const std::string& alias = {}) {
  return plan_payload(image.input(), std::vector<PayloadMap>{{from, to, alias}});
}

// Where old paths may stand that are the payload's business: not in the header and the source texts of a .ji.
bool is_payload(const LoadedImage& image, PayloadFile which, uint64_t offset) {
  if (which == PayloadFile::library) return true;
  return offset >= image.file.payload.offset && offset < image.file.payload.end();
}

std::vector<uint64_t> payload_offsets(const LoadedImage& image, PayloadFile which, const std::string& text) {
  std::vector<uint64_t> offsets;
  for (const uint64_t offset : offsets_of(text, image.bytes(which))) {
    if (is_payload(image, which, offset)) offsets.push_back(offset);
  }
  return offsets;
}

}  // namespace

TEST_CASE("The sections of every real static-data payload add up") {
  int payloads = 0;
  for (const auto& image : loaded_images()) {
    INFO(image->name);
    if (!image->file.layout->has_aligned_payload() || !image->is_complete() || image->is_compressed())
      continue;
    const auto open = payload::open_payload(image->input(), {});
    REQUIRE_FALSE(open.obstacle);
    REQUIRE(open.place);
    REQUIRE(open.place->checksum);
    uint64_t free_bytes = 0;
    for (const Extent& padding : open.place->padding) {
      free_bytes += padding.size;
      for (uint64_t at = padding.offset; at < padding.end(); ++at)
        REQUIRE(image->bytes(open.place->file)[at] == 0);
    }
    CHECK(free_bytes >= 4);
    // Six size words, the sections and the padding are all there is.
    uint64_t sum = 6 * 8 + free_bytes;
    for (const auto& region : open.regions) {
      if (region.payload_begin == open.place->extent.offset) sum += region.extent.size;
    }
    CHECK(sum == open.place->extent.size);
    ++payloads;
  }
  CHECK(payloads == 74);
}

TEST_CASE("Every occurrence that a plain byte search finds in a real payload is listed, each in its frame") {
  size_t found = 0;
  for (const auto& image : loaded_images()) {
    INFO(image->name);
    if (!image->is_complete() || image->is_compressed()) continue;
    const PayloadScan result = scan(*image, image->old_path());
    CHECK_FALSE(result.obstacle);
    for (const PayloadFile which : {PayloadFile::image, PayloadFile::library}) {
      std::set<uint64_t> listed;
      for (const Occurrence& occurrence : result.occurrences) {
        if (occurrence.file != which) continue;
        CHECK(listed.insert(occurrence.offset).second);
        CHECK(occurrence.match == Match::path);
        CHECK(occurrence.left.empty());
        CHECK(occurrence.kind != OccurrenceKind::unclassified);
        CHECK(occurrence.text.starts_with(image->old_path()));
        CHECK(image->bytes(which).substr(occurrence.text_offset, occurrence.text_size) == occurrence.text);
      }
      const auto offsets = payload_offsets(*image, which, image->old_path());
      CHECK(listed == std::set<uint64_t>(offsets.begin(), offsets.end()));
      found += offsets.size();
    }
  }
  CHECK(found > 300);
}

TEST_CASE("A relocated real payload names the new place only, at the same length, with the same checksum") {
  int changed = 0;
  for (const auto& image : loaded_images()) {
    INFO(image->name);
    if (!image->is_complete() || image->is_compressed()) continue;
    const PayloadPlan there = plan(*image, image->old_path(), image->new_path());
    REQUIRE_FALSE(there.obstacle);
    CHECK(there.residue().empty());
    const auto moved = apply(*image, there);
    for (const PayloadFile which : {PayloadFile::image, PayloadFile::library}) {
      CHECK(moved->bytes(which).size() == image->bytes(which).size());
      CHECK(payload_offsets(*moved, which, image->old_path()).empty());
    }
    const auto open = payload::open_payload(moved->input(), {});
    CHECK_FALSE(open.obstacle);  // which is where the library's own checksums are verified
    if (image->file.layout->has_aligned_payload()) {
      const auto& place = *open.place;
      CHECK(crc32c::value(
                std::string_view(moved->bytes(place.file)).substr(place.extent.offset, place.extent.size)) ==
            static_cast<uint32_t>(image->file.checksum));
      CHECK(there.rank == (there.changes_anything() ? 32 : 0));
    }
    changed += there.changes_anything();
  }
  CHECK(changed >= 80);
}

TEST_CASE("There and back gives every real image back byte for byte") {
  for (const auto& image : loaded_images()) {
    INFO(image->name);
    if (!image->is_complete() || image->is_compressed()) continue;
    for (const std::string& place : {image->new_path(), std::string("/jl"), std::string("/a/b/c/d"),
                                     std::string(image->old_path().size(), 'x').replace(0, 1, "/")}) {
      const PayloadPlan there = plan(*image, image->old_path(), place);
      REQUIRE_FALSE(there.obstacle);
      const auto moved = apply(*image, there);
      // The header has to follow: it tells which Strings are names.
      const auto follow = [&](std::string& path) {
        if (path.starts_with(image->old_path())) path.replace(0, image->old_path().size(), place);
      };
      for (Dependency& dependency : moved->file.dependencies) follow(dependency.path);
      for (SourceText& text : moved->file.source_texts) follow(text.path);
      const PayloadPlan back = plan(*moved, place, image->old_path());
      REQUIRE_FALSE(back.obstacle);
      const auto again = apply(*moved, back);
      CHECK(again->ji == image->ji);
      CHECK(again->so == image->so);
    }
  }
}

TEST_CASE("Leaf of every version holds the path of its table as a path constant") {
  int images = 0;
  for (const auto& image : loaded_images()) {
    if (!image->name.ends_with("/Leaf") || image->tracked_by_path) continue;
    INFO(image->name);
    const PayloadScan result = scan(*image, image->old_path());
    CHECK(result.summary == PayloadSummary::path_constants);
    int tables = 0, sources = 0, locations = 0;
    for (const Occurrence& occurrence : result.occurrences) {
      const bool table = occurrence.text.ends_with("data/table.csv");
      tables += table;
      if (table) CHECK(occurrence.kind == OccurrenceKind::path_constant);
      sources += occurrence.kind == OccurrenceKind::recorded_source;
      locations += occurrence.kind == OccurrenceKind::source_location;
      if (occurrence.kind == OccurrenceKind::recorded_source) CHECK(occurrence.text.ends_with(".jl"));
    }
    CHECK(tables >= 1);
    CHECK(sources >= 1);
    CHECK(locations >= 1);
    ++images;
  }
  CHECK(images == 20);
}

TEST_CASE("The old depot is inferred from include entries, or from the payload where those say @depot") {
  for (const auto& image : loaded_images()) {
    INFO(image->name);
    if (!image->is_complete() || image->is_compressed()) continue;
    const auto paths = infer_old_paths(image->input());
    const auto mentions = payload_offsets(*image, PayloadFile::image, "/home/pkgeval").size() +
                          payload_offsets(*image, PayloadFile::library, "/home/pkgeval").size();
    if (mentions == 0) continue;
    if (image->tracked_by_path) {
      CHECK(paths == std::vector<std::string>{"/home/pkgeval/dev/Leaf"});
    } else {
      CHECK(paths == std::vector<std::string>{"/home/pkgeval/.julia"});
    }
  }
}

TEST_CASE("A scan of the real images looks the same through windows as in memory") {
  for (const char* name : {"1.5.3-plain/Big", "1.9.4-plain/Big", "1.12.5-plain/Big", "1.10.8-split/Leaf"}) {
    const LoadedImage& image = loaded_image(name);
    // Through a patched view without patches, which is not in memory.
    const auto ji = patched_source(*image.image, {});
    const auto so = image.library ? patched_source(*image.library, {}) : nullptr;
    const std::vector<std::string> paths{image.old_path()};
    const auto windowed = scan_payload({image.file, *ji, so.get()}, paths);
    const auto direct = scan_payload(image.input(), paths);
    REQUIRE(windowed.occurrences.size() == direct.occurrences.size());
    for (size_t k = 0; k < direct.occurrences.size(); ++k) {
      CHECK(windowed.occurrences[k].offset == direct.occurrences[k].offset);
      CHECK(windowed.occurrences[k].text == direct.occurrences[k].text);
      CHECK(windowed.occurrences[k].kind == direct.occurrences[k].kind);
    }
  }
}
