// Payloads and paths in native libraries made by hand.
#include <zstd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "jireloc/crc32c.hpp"
#include "payload/loaded_image.hpp"
#include "payload/synthetic.hpp"
#include "support/library_builder.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr const char* kOld = "/home/u/.julia";
constexpr uint64_t kMark = 0xFAFBFCFD00000000U;
const std::string kConstant = "/home/u/.julia/packages/X/abcde/data.csv";

std::string payload_bytes(unsigned pointer_size = 8) {
  StaticPayload payload;
  payload.pointer_size = pointer_size;
  payload.sysdata = std::string(100, 's');
  payload.add_string(kConstant);
  return payload.bytes();
}

// A split image whose payload is in its library.
struct SplitImage : SyntheticImage {
  explicit SplitImage(ElfBuilder elf, std::string_view layout = "V13b", unsigned pointer_size = 8)
      : SyntheticImage({}, layout, pointer_size) {
    file.checksum = kMark | crc32c::value(payload_bytes(pointer_size));
    if (elf.image_data.empty())
      elf.image_data = image_data(payload_bytes(pointer_size), layout, file.checksum, pointer_size);
    if (elf.image_checksum) elf.image_checksum = crc32c::value(elf.image_data);
    elf.word_size = pointer_size;
    set_library(elf.bytes());
  }
};

PayloadPlan plan(const SyntheticImage& image, const std::string& to = "/opt/jl") {
  return plan_payload(image.input(), std::vector<PayloadMap>{{kOld, to, ""}});
}

std::string code_of(const PayloadPlan& plan) {
  return plan.obstacle ? std::string(name(plan.obstacle->code)) : "";
}

std::string zstd(const std::string& data, int level = 3) {
  std::string packed(ZSTD_compressBound(data.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), data.data(), data.size(), level));
  return packed;
}

}  // namespace

TEST_CASE("A library's payload and debug info are replaced and its own checksums still hold") {
  for (const unsigned pointer_size : {8U, 4U}) {
    CAPTURE(pointer_size);
    ElfBuilder elf;
    elf.image_checksum = 0;  // set to what holds
    elf.sections = {
        {".debug_line_str", std::string("x\0/home/u/.julia/packages/X/abcde/src\0/home/u/.julia\0", 53)},
        {".rodata.str", "see /home/u/.julia/x"}};
    const SplitImage image(elf, "V13b", pointer_size);
    const auto result = plan(image);
    REQUIRE(code_of(result) == "");
    CHECK(result.image.empty());
    CHECK(result.scan.structure_only == (pointer_size == 4));
    const std::string after = apply(image.library_bytes, result.library);
    CHECK(offsets_of(kOld, after).empty());
    CHECK(offsets_of(std::string("\0/opt/jl////////packages/X/abcde/src\0/opt////////jl\0", 52), after)
              .size() == 1);
    CHECK(offsets_of("see /opt/jl////////x", after).size() == 1);
    const auto counts = result.replaced;
    CHECK(counts[static_cast<size_t>(OccurrenceKind::debug_info)] == 2);
    CHECK(counts[static_cast<size_t>(OccurrenceKind::path_constant)] == 1);
    CHECK(counts[static_cast<size_t>(OccurrenceKind::unclassified)] == 1);
    // A fresh look verifies all checksums of the library.
    SplitImage moved(elf, "V13b", pointer_size);
    moved.set_library(after);
    const auto back = plan_payload(moved.input(), std::vector<PayloadMap>{{"/opt/jl", kOld, ""}});
    CHECK(code_of(back) == "");
    CHECK(apply(after, back.library) == image.library_bytes);
  }
}

TEST_CASE("An old path in the header that a library holds is listed and left") {
  ElfBuilder elf;
  const std::string payload = payload_bytes();
  elf.image_data = image_data(payload, "V13b", kMark | crc32c::value(payload));
  // In the padding between header and payload.
  const size_t gap = elf.image_data.size() - payload.size() - 20;
  REQUIRE(elf.image_data.substr(gap, 20) == std::string(20, '\0'));
  elf.image_data.replace(gap, 14, kOld);
  const SplitImage image(elf);
  const auto result = plan(image);
  CHECK(code_of(result) == "");
  REQUIRE(result.residue().size() == 1);
  CHECK(result.residue()[0]->section == "embedded header");
  CHECK(offsets_of(kOld, apply(image.library_bytes, result.library)).size() == 1);
}

TEST_CASE("A library in which only debug info names the old path has source locations only") {
  StaticPayload payload;
  payload.sysdata = std::string(100, 's');
  ElfBuilder elf;
  elf.sections = {{".debug_str", "/home/u/.julia/packages/X/abcde/src"}};
  elf.image_data = image_data(payload.bytes(), "V13b", kMark | crc32c::value(payload.bytes()));
  SplitImage image(elf);
  image.file.checksum = kMark | crc32c::value(payload.bytes());
  const auto result = scan_payload(image.input(), std::vector<std::string>{kOld});
  CHECK_FALSE(result.obstacle);
  CHECK(result.summary == PayloadSummary::source_locations_only);
  CHECK(result.counts() == std::array<uint64_t, kOccurrenceKinds>{0, 0, 0, 1, 0});
}

TEST_CASE("What several sections of a library claim is looked into once") {
  ElfBuilder elf;
  const std::string first(50, 'f');
  elf.sections = {{".first", first}, {".second", "s"}, {".third", "see /home/u/.julia/x"}};
  const SplitImage image(elf);
  REQUIRE(scan_payload(image.input(), std::vector<std::string>{kOld}).occurrences.size() == 2);
  std::string bytes = image.library_bytes;
  uint64_t table = 0, changed = 0;
  std::memcpy(&table, bytes.data() + 0x28, 8);  // e_shoff
  for (uint64_t at = table; at + 64 <= bytes.size(); at += 64) {
    uint64_t offset = 0, size = 0;
    std::memcpy(&offset, bytes.data() + at + 0x18, 8);
    std::memcpy(&size, bytes.data() + at + 0x20, 8);
    if (size != first.size() || bytes.compare(offset, size, first) != 0) continue;
    size = 200;  // up to behind the third one, each of which begins at a multiple of 64
    std::memcpy(bytes.data() + at + 0x20, &size, 8);
    ++changed;
  }
  REQUIRE(changed == 1);
  SplitImage overlapping(elf);
  overlapping.set_library(bytes);
  const auto result = scan_payload(overlapping.input(), std::vector<std::string>{kOld});
  REQUIRE(result.occurrences.size() == 2);
  CHECK(std::any_of(result.occurrences.begin(), result.occurrences.end(),
                    [](const Occurrence& each) { return each.section == ".first"; }));
}

TEST_CASE("Compressed debug sections are named as not looked into") {
  ElfBuilder elf;
  elf.sections = {{".debug_line", "packed"}};
  elf.compressed_sections = true;
  const SplitImage image(elf);
  const auto result = plan(image);
  REQUIRE(result.scan.notes.size() == 1);
  CHECK(result.scan.notes[0].find(".debug_line") != std::string::npos);
}

TEST_CASE("Compressed image data that has no more room in its library moves to its end") {
  ElfBuilder elf;
  const std::string payload = payload_bytes();
  elf.image_data = zstd(image_data(payload, "V13b", kMark | crc32c::value(payload)), 22);
  const SplitImage image(elf);
  // The padding that keeps the checksum takes bytes that zeros did not.
  const auto result = plan(image, "/q7xZk9Wp2LmVt");
  CHECK_FALSE(result.obstacle);
  CHECK(result.scan.decompressed);
  REQUIRE(result.scan.occurrences.size() == 1);
  CHECK(result.scan.occurrences[0].kind == OccurrenceKind::path_constant);
  CHECK(result.scan.occurrences[0].text == kConstant);
  CHECK(result.scan.summary == PayloadSummary::path_constants);
  REQUIRE(result.growth);
  CHECK(result.growth->names + result.growth->constants == 0);
  CHECK_FALSE(result.growth->checksum);
  const auto grown = spliced_source(*image.library, {0, image.library->size()}, result.growth->library);
  CHECK(crc32c::value(grown->read_string(0, grown->size())) == result.growth->library_crc);
  SplitImage moved(elf);
  moved.set_library(grown->read_string(0, grown->size()));
  const auto again = plan(moved, "/q7xZk9Wp2LmVt");
  CHECK_FALSE(again.obstacle);
  CHECK(again.scan.occurrences.empty());
  PayloadOptions small;
  small.max_decompressed = 100;
  CHECK_THROWS_AS(scan_payload(image.input(), std::vector<std::string>{kOld}, small), Error);
}

TEST_CASE("An absent, foreign or damaged library is an obstacle, and the payload counts as unknown") {
  SplitImage image({});
  image.library.reset();
  CHECK(code_of(plan(image)) == "library-absent");
  CHECK(plan(image).scan.summary == PayloadSummary::unknown);
  image.set_library("no library at all");
  CHECK(code_of(plan(image)) == "library-refused");
  CHECK(plan(image).scan.summary == PayloadSummary::unknown);
  ElfBuilder stranger;
  stranger.image_data = image_data("other", "V13b", kMark | crc32c::value("other"));
  image.set_library(stranger.bytes());
  CHECK(code_of(plan(image)) == "library-mismatch");
  stranger.image_data = image_data(payload_bytes(), "V12a", image.file.checksum);
  image.set_library(stranger.bytes());
  CHECK(code_of(plan(image)) == "library-refused");
}

TEST_CASE("A library whose own checksums do not hold is never made to look whole") {
  const std::string good = payload_bytes();
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  ElfBuilder damaged;
  damaged.image_data = image_data(bad, "V13b", kMark | crc32c::value(good));
  const auto result = plan(SplitImage(damaged));
  CHECK(code_of(result) == "bad-payload-checksum");
  CHECK(result.library.empty());
  SplitImage image({});
  ElfBuilder other_sum;
  other_sum.image_data = image_data(good, "V13b", image.file.checksum);
  other_sum.image_checksum = crc32c::value(other_sum.image_data) ^ 1;
  image.set_library(other_sum.bytes());
  CHECK(code_of(plan(image)) == "bad-payload-checksum");
  CHECK(plan(image).library.empty());
}

TEST_CASE("A signed library is not rewritten, since that would break its signature") {
  SplitImage image({});
  std::string macho("\xCF\xFA\xED\xFE", 4);
  macho.resize(32);
  macho[16] = 1;
  macho += std::string("\x1D\0\0\0\x10\0\0\0", 8) + std::string(8, '\0');
  macho += image_data(payload_bytes(), "V13b", image.file.checksum);
  image.set_library(macho);
  const auto result = plan(image);
  CHECK(code_of(result) == "library-refused");
  CHECK(result.obstacle->message.find("signature") != std::string::npos);
  CHECK(result.scan.summary == PayloadSummary::path_constants);
  CHECK(result.scan.structure_only);
}

TEST_CASE("Formats 14 and 15 keep the payload in the image and only native code in the library") {
  for (const char* layout : {"V14", "V15"}) {
    CAPTURE(layout);
    SyntheticImage image(payload_bytes(), layout);
    image.file.checksum &= 0xFFFFFFFF;
    ElfBuilder elf;
    elf.image_checksum = static_cast<uint32_t>(image.file.checksum);
    elf.sections = {{".debug_str", "/home/u/.julia/packages/X/abcde/src"}};
    image.set_library(elf.bytes());
    const auto result = plan(image);
    CHECK(code_of(result) == "");
    CHECK_FALSE(result.scan.structure_only);
    CHECK(crc32c::value(image.after(result)) == crc32c::value(image.bytes));
    CHECK(offsets_of(kOld, image.after(result)).empty());
    CHECK(offsets_of(kOld, apply(image.library_bytes, result.library)).empty());
    elf.image_checksum = *elf.image_checksum ^ 1;
    image.set_library(elf.bytes());
    CHECK(code_of(plan(image)) == "library-mismatch");
  }
}

TEST_CASE("A compressed payload in the image itself is unpacked, changed and packed again") {
  SyntheticImage image(zstd(payload_bytes()), "V15");
  image.file.checksum = crc32c::value(payload_bytes());
  const auto result = plan(image);
  CHECK(code_of(result) == "");
  REQUIRE(result.scan.occurrences.size() == 1);
  CHECK(result.scan.occurrences[0].unpacked);
  CHECK(result.image.empty());
  REQUIRE(result.changes_anything());
  std::string unpacked(payload_bytes().size(), '\0');
  const std::string& packed = result.packed_payload;
  CHECK(ZSTD_getFrameContentSize(packed.data(), packed.size()) == unpacked.size());
  CHECK(ZSTD_decompress(unpacked.data(), unpacked.size(), packed.data(), packed.size()) == unpacked.size());
  CHECK(crc32c::value(unpacked) == static_cast<uint32_t>(image.file.checksum));
  CHECK(offsets_of(kOld, unpacked).empty());
}

TEST_CASE("A compressed payload whose checksum does not hold is left alone") {
  SyntheticImage image(zstd(payload_bytes()), "V15");
  image.file.checksum = crc32c::value(payload_bytes()) ^ 1;
  const auto result = plan(image);
  CHECK(code_of(result) == "bad-payload-checksum");
  CHECK_FALSE(result.changes_anything());
}

TEST_CASE("A library's name is that of its image with the suffix of the system that wrote it") {
  Prefix prefix;
  prefix.uname = "Linux";
  CHECK(native_library_path("/d/A_B.ji", prefix) == "/d/A_B.so");
  prefix.uname = "Darwin";
  CHECK(native_library_path("/d/A_B.ji", prefix) == "/d/A_B.dylib");
  prefix.uname = "Windows";
  CHECK(native_library_path("/d/A_B.ji", prefix) == "/d/A_B.dll");
}

TEST_CASE("A patched view shows the patches through reads of any size and place") {
  const std::string text(1000, 'a');
  const auto source = view_bytes(text);
  const std::vector<BytePatch> patches{{500, "BCD"}, {10, "E"}, {998, "FG"}};
  const auto view = patched_source(*source, patches);
  const std::string expected = apply(text, patches);
  for (uint64_t at = 0; at <= 1000; ++at) {
    for (const uint64_t size : {0, 1, 2, 3, 300}) {
      if (at + size <= 1000 && view->read_string(at, size) != expected.substr(at, size)) FAIL("at " << at);
    }
  }
  CHECK(view->size() == 1000);
  CHECK_THROWS_AS(view->read_string(999, 2), Error);
}
