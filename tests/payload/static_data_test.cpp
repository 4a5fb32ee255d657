// Static-data payloads (1.9 and later) made by hand: sections, frames, and what keeps the checksum.
#include <catch2/catch.hpp>
#include <random>

#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"
#include "payload/loaded_image.hpp"
#include "payload/sections.hpp"
#include "payload/synthetic.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr const char* kOld = "/home/u/.julia";

std::string kinds_of(const PayloadScan& scan) {
  std::string kinds;
  for (const Occurrence& occurrence : scan.occurrences)
    kinds += std::string(name(occurrence.kind)) + "@" + occurrence.section + " ";
  return kinds;
}

PayloadScan scan(const SyntheticImage& image) {
  return scan_payload(image.input(), std::vector<std::string>{kOld});
}

PayloadPlan plan(const SyntheticImage& image, const std::string& to = "/opt/jl") {
  return plan_payload(image.input(), std::vector<PayloadMap>{{kOld, to, ""}});
}

StaticPayload usual_payload(unsigned pointer_size = 8) {
  StaticPayload payload;
  payload.pointer_size = pointer_size;
  payload.sysdata = std::string(100, 's');
  payload.add_string("/home/u/.julia/packages/X/abcde/data.csv");
  payload.symbols = {"f", "/home/u/.julia/packages/X/abcde/src/X.jl", "g"};
  return payload;
}

payload::Sections sections_of(const std::string& bytes, unsigned pointer_size = 8) {
  const auto source = view_bytes(bytes);
  bytes::RandomReader reader(*source, {0, bytes.size()});
  return payload::read_sections(reader, pointer_size, layout_named("V12b"));
}

void check_refused(std::string bytes, const std::string& why) {
  CAPTURE(why);
  try {
    sections_of(bytes);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_value);
    CHECK(error.message().find("do not add up") != std::string::npos);
    CHECK(error.message().find(why) != std::string::npos);
  }
  // And an image with such a payload is looked into, but not rewritten.
  const SyntheticImage image(bytes, "V13b");
  const auto result = plan(image);
  REQUIRE(result.obstacle);
  CHECK(result.obstacle->code == Code::bad_sections);
  CHECK_FALSE(result.changes_anything());
  for (const Occurrence& occurrence : result.scan.occurrences)
    CHECK(occurrence.kind == OccurrenceKind::unclassified);
}

}  // namespace

TEST_CASE(
    "Payloads of both pointer sizes and with each number of roots that Julia had are walked to their end") {
  for (const unsigned pointer_size : {8U, 4U}) {
    for (const auto& [roots, ccallables] : {std::pair(5, false), {6, false}, {6, true}, {7, true}}) {
      CAPTURE(pointer_size, roots, ccallables);
      StaticPayload payload = usual_payload(pointer_size);
      payload.roots = roots;
      payload.ccallables = ccallables;
      const std::string bytes = payload.bytes();
      const auto sections = sections_of(bytes, pointer_size);
      REQUIRE(sections.sections.size() == 7);
      CHECK(sections.sections[1].extent.offset == payload.const_data_begin());
      CHECK(sections.sections[1].extent.size == payload.const_data.size());
      CHECK(sections.sections[6].extent.end() == bytes.size());
      const SyntheticImage image(bytes, "V12b", pointer_size);
      CHECK(kinds_of(scan(image)) == "path-constant@const data source-location@symbols ");
      const auto result = plan(image);
      CHECK_FALSE(result.obstacle);
      CHECK(crc32c::value(image.after(result)) == crc32c::value(bytes));
    }
  }
}

TEST_CASE("A payload whose const data is aligned to 128 bytes is read too") {
  StaticPayload payload = usual_payload();
  payload.const_alignment = 128;
  payload.sysdata = std::string(40, 's');  // 64 would do, 128 is taken
  const SyntheticImage image(payload.bytes(), "V13b");
  CHECK(kinds_of(scan(image)) == "path-constant@const data source-location@symbols ");
}

TEST_CASE("A payload whose sections do not add up is refused") {
  const std::string good = usual_payload().bytes();
  const auto sections = sections_of(good).sections;
  check_refused(good + std::string(4, '\0'), "no list of roots");
  check_refused(good.substr(0, good.size() - 4), "no list of roots");
  check_refused(good.substr(0, 40), "leads out of it");
  check_refused(std::string(3, '\0'), "ends inside a size");
  check_refused(good.substr(0, sections_of(good).padding.at(0).offset), "ends inside padding");
  std::string bytes = good;
  bytes.replace(0, 8, word(101, 8));
  check_refused(bytes, "multiple of 4");
  bytes = good;
  bytes.replace(0, 8, word(~uint64_t{0} & ~uint64_t{3}, 8));
  check_refused(bytes, "leads out of it");
  bytes = good;
  bytes.replace(sections[2].extent.offset, 4, word(2, 4));  // the first symbol is one byte longer
  check_refused(bytes, "a symbol has a wrong length");
  StaticPayload with_list = usual_payload();
  with_list.roots = 7;
  bytes = with_list.bytes();
  bytes.replace(bytes.size() - 8, 8, word(uint64_t{1} << 61, 8));  // times eight it is zero
  check_refused(bytes, "no list of roots");
}

TEST_CASE("A payload in which only Symbols name the old path has source locations only") {
  StaticPayload payload;
  payload.symbols = {"/home/u/.julia/packages/X/abcde/src/X.jl"};
  const auto result = scan(SyntheticImage(payload.bytes(), "V12b"));
  CHECK(result.summary == PayloadSummary::source_locations_only);
  CHECK(result.counts() == std::array<uint64_t, kOccurrenceKinds>{1, 0, 0, 0, 0});
  const std::string symbol = std::string("\x02\x10", 2) + "/home/u/.julia/f";
  CHECK(scan(SyntheticImage(symbol, "V11b")).summary == PayloadSummary::source_locations_only);
}

TEST_CASE(
    "Strings are told by tag, length and final NUL: small tags in const data, image references in sysdata") {
  const std::string text = "/home/u/.julia/packages/X/y";
  for (const uint64_t tag : {uint64_t{0xA3}, uint64_t{0xA7}}) {
    StaticPayload payload;
    payload.add_string(text, tag);
    CHECK(kinds_of(scan(SyntheticImage(payload.bytes(), "V12b"))) == "path-constant@const data ");
  }
  StaticPayload other;
  other.add_string(text, 0xB3);
  CHECK(kinds_of(scan(SyntheticImage(other.bytes(), "V12b"))) == "unclassified@const data ");
  // 1.9: in sysdata, the length word at 0 mod 16 of the payload.
  StaticPayload old;
  old.sysdata = word(uint64_t{6} << 61 | 1234, 8).insert(0, std::string(16, 'x')).substr(0, 24);
  old.sysdata = std::string(16, 'x') + word(uint64_t{6} << 61 | 1234, 8);
  // Offset 8 + 16 + 8 = 32: here the length word stands.
  old.sysdata += word(text.size(), 8) + text + '\0';
  old.roots = 7;
  CHECK(kinds_of(scan(SyntheticImage(old.bytes(), "V12a"))) == "path-constant@sysdata ");
}

TEST_CASE("Each kind of path constant makes a payload one that has some, whatever others there are") {
  const std::string text = "/home/u/.julia/packages/X/y";
  StaticPayload payload;
  payload.add_string(text, 0xB3);  // no tag of a String
  CHECK(scan(SyntheticImage(payload.bytes(), "V12b")).summary == PayloadSummary::path_constants);
  payload.add_string(text);
  CHECK(scan(SyntheticImage(payload.bytes(), "V12b")).summary == PayloadSummary::path_constants);
  payload.add_string("/home/u/.julia/packages/X/abcde/src/X.jl");
  payload.add_string(text, 0xB3);
  SyntheticImage image(payload.bytes(), "V12b");
  Dependency dependency;
  dependency.path = "@depot/packages/X/abcde/src/X.jl";
  image.file.dependencies.push_back(dependency);
  image.file.source_texts.push_back({dependency.path, {0, 0}});
  CHECK(scan(image).counts() == std::array<uint64_t, kOccurrenceKinds>{0, 1, 1, 0, 2});
  CHECK(scan(image).summary == PayloadSummary::path_constants);
}

TEST_CASE("A String of a few bytes at the very end of its section is found in its frame") {
  StaticPayload payload;
  payload.add_string("/jl");
  payload.symbols = {"f"};
  const SyntheticImage image(payload.bytes(), "V12b");
  const auto result = scan_payload(image.input(), std::vector<std::string>{"/jl"});
  REQUIRE(result.occurrences.size() == 1);
  CHECK(result.occurrences[0].kind == OccurrenceKind::path_constant);
  CHECK(result.occurrences[0].text == "/jl");
}

TEST_CASE("A path deep inside a long String is found in its frame") {
  StaticPayload payload;
  payload.add_string(std::string(5000, 'a') + " see /home/u/.julia/packages/X/y for more");
  const auto result = scan(SyntheticImage(payload.bytes(), "V12b"));
  REQUIRE(result.occurrences.size() == 1);
  CHECK(result.occurrences[0].kind == OccurrenceKind::path_constant);
  CHECK(result.occurrences[0].text_size == 5041);
  CHECK(result.occurrences[0].text.size() == kMaxOccurrenceText);
}

TEST_CASE(
    "A String that names a recorded source with stored text is counted apart from other path constants") {
  StaticPayload payload;
  payload.add_string("/home/u/.julia/packages/X/abcde/src/X.jl");
  payload.add_string("/home/u/.julia/////packages/X/abcde/src/X.jl");
  payload.add_string("/home/u/.julia/packages/X/abcde/data.csv");
  SyntheticImage image(payload.bytes(), "V12b");
  for (const char* path : {"@depot/packages/X/abcde/src/X.jl", "@depot/packages/X/abcde/data.csv"}) {
    Dependency dependency;
    dependency.path = path;
    image.file.dependencies.push_back(dependency);
  }
  image.file.source_texts.push_back({"@depot/packages/X/abcde/src/X.jl", {0, 0}});
  CHECK(kinds_of(scan(image)) ==
        "recorded-source@const data recorded-source@const data path-constant@const data ");
  CHECK(infer_old_paths(image.input()) == std::vector<std::string>{kOld});
  CHECK(scan(image).summary == PayloadSummary::path_constants);
  StaticPayload without;
  without.add_string("/home/u/.julia/packages/X/abcde/src/X.jl");
  SyntheticImage harmless(without.bytes(), "V12b");
  harmless.file.dependencies = image.file.dependencies;
  harmless.file.source_texts = image.file.source_texts;
  CHECK(scan(harmless).summary == PayloadSummary::recorded_sources);
}

TEST_CASE("Any change of a payload is undone in its checksum, whatever padding there is") {
  std::mt19937 random(GENERATE(range(1U, 60U)));
  StaticPayload payload;
  payload.sysdata.assign(random() % 300, 'x');
  for (char& byte : payload.sysdata) byte = static_cast<char>(random());
  for (size_t k = random() % 5 + 1; k > 0; --k)
    payload.add_string("/home/u/.julia/packages/" + std::string(random() % 60, 'p'));
  for (size_t k = random() % 5; k > 0; --k)
    payload.symbols.push_back("/home/u/.julia/" + std::string(random() % 90, 'q'));
  SyntheticImage image(payload.bytes(), "V13b");
  const auto result = plan(image);
  if (result.obstacle) {
    CHECK(result.obstacle->code == Code::not_enough_padding);
    CHECK(result.rank < 32);
    return;
  }
  const std::string after = image.after(result);
  CHECK(crc32c::value(after) == crc32c::value(image.bytes));
  CHECK(offsets_of(kOld, after).empty());
  CHECK(result.rank == 32);
  // And back again, byte for byte.
  SyntheticImage moved(after, "V13b");
  const auto back = plan_payload(moved.input(), std::vector<PayloadMap>{{"/opt/jl", kOld, ""}});
  CHECK(moved.after(back) == image.bytes);
}

TEST_CASE(
    "Where the padding cannot make up for the change, the plan says how many bits there were and leaves "
    "all") {
  StaticPayload payload;
  payload.sysdata = std::string(16, 's');
  payload.add_string("/home/u/.julia/packages/X/y");
  payload.close_the_gap_before_const_data();
  while (payload.const_data.size() % 8 != 6) payload.const_data += '\0';  // two bytes before the symbols
  payload.relocations = std::string(8, '\0');
  SyntheticImage image(payload.bytes(), "V13b");
  const auto result = plan(image);
  REQUIRE(result.obstacle);
  CHECK(result.obstacle->code == Code::not_enough_padding);
  CHECK(result.free_bits == 16);
  CHECK(result.rank == 16);
  CHECK(result.obstacle->message.find("16 padding bits of rank 16") != std::string::npos);
  CHECK(result.image.empty());
  CHECK(result.residue().size() == 1);
}

TEST_CASE("A payload whose checksum does not hold is looked into, but not rewritten") {
  SyntheticImage image(usual_payload().bytes(), "V13b");
  image.file.checksum ^= 1;
  const auto result = plan(image);
  REQUIRE(result.obstacle);
  CHECK(result.obstacle->code == Code::bad_payload_checksum);
  CHECK(result.scan.summary == PayloadSummary::path_constants);
  CHECK_FALSE(result.changes_anything());
}

TEST_CASE("Padding that is not zero is not touched where nothing is replaced") {
  std::string bytes = usual_payload().bytes();
  const auto sections = sections_of(bytes);
  bytes[sections.padding.at(0).offset] = 'z';
  const SyntheticImage image(bytes, "V13b");
  const auto result = plan_payload(image.input(), std::vector<PayloadMap>{{"/nowhere", "/opt", ""}});
  CHECK_FALSE(result.obstacle);
  CHECK_FALSE(result.changes_anything());
  CHECK(result.scan.summary == PayloadSummary::clean);
}
