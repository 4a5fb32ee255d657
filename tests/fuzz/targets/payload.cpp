// Payloads made up by the input, whole or damaged: sections, search, replacement, and the checksum that is
// kept.
#include <algorithm>
#include <cstring>

#include "bytes/windows.hpp"
#include "fuzz/targets.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/grown_set.hpp"
#include "payload/sections.hpp"
#include "payload/synthetic.hpp"
#include "support/chooser.hpp"

namespace jireloc::fuzz {
namespace {

const std::string kOld = "/home/u/.julia";
const std::vector<std::string> kPlaces{"/usr/share/jl", "/j", "/home/u/.juliX",
                                       "/a/longer/place/than/before"};

std::string text(test::ByteChooser& choose) {
  static const std::vector<std::string> before{"", "", "file://", ":", "x", "/", "\"", " "};
  static const std::vector<std::string> behind{
      "", "/a.jl", "//b", "///", ":", "-old", "/packages/P/abcde/src/P.jl"};
  std::string made = choose.one_in(6) ? choose.bytes(choose.below(8)) : choose.of(before);
  made += choose.one_in(8) ? "/home//u///.julia" : kOld;
  return made + choose.of(behind);
}

// Two lists of offsets (1.10) or four (later), the second with pointers; then four empty lists.
std::string relocations(test::ByteChooser& choose) {
  std::string bytes(1, '\0');
  for (uint64_t count = choose.below(3); count > 0; --count) bytes += static_cast<char>(8 + choose.below(30));
  bytes += '\0';
  if (choose.one_in(2)) bytes += std::string(2, '\0');
  return bytes + std::string(32, '\0');
}

std::string static_payload(test::ByteChooser& choose, unsigned pointer_size) {
  test::StaticPayload payload;
  payload.pointer_size = pointer_size;
  payload.roots = static_cast<int>(5 + choose.below(3));
  payload.const_alignment = choose.one_in(4) ? 128 : 64;
  payload.sysdata = choose.bytes(choose.below(60));
  if (!choose.one_in(3)) payload.relocations = relocations(choose);
  if (choose.one_in(4)) payload.close_the_gap_before_const_data();
  for (uint64_t count = choose.below(4); count > 0; --count)
    choose.one_in(4) ? void(payload.const_data += choose.bytes(choose.below(20)))
                     : payload.add_string(text(choose), choose.one_in(2) ? 0xA7 : 0xA3);
  for (uint64_t count = choose.below(4); count > 0; --count) payload.symbols.push_back(text(choose));
  return payload.bytes();
}

// Symbols (tag 2, one byte of length) and strings (tag 18, four) between raw bytes, as up to 1.8.
std::string stream(test::ByteChooser& choose) {
  std::string bytes;
  for (uint64_t count = 1 + choose.below(5); count > 0; --count) {
    const std::string made = text(choose);
    bytes += choose.bytes(choose.below(6));
    const auto size = static_cast<uint32_t>(made.size());
    if (choose.one_in(2)) {
      bytes += '\x02';
      bytes += static_cast<char>(size);
    } else {
      bytes += '\x12';
      bytes += test::word(size, 4);
    }
    bytes += made;
  }
  return bytes;
}

void damage(std::string& bytes, test::ByteChooser& choose) {
  for (uint64_t count = choose.below(3); count > 0 && bytes.size() > 8; --count) {
    const uint64_t value = choose.bits();
    std::memcpy(bytes.data() + choose.below(bytes.size() - 8), &value, choose.one_in(2) ? 1 : 8);
  }
}

// The same with texts that may grow: what comes out adds up again, and names the old place nowhere that a
// text grew.
void grow(const test::SyntheticImage& image, const std::vector<PayloadMap>& maps, bool sections) {
  const GrownSet none;
  PayloadOptions options;
  options.growth = Growth::all;
  options.grown = &none;
  const PayloadPlan plan = plan_payload(image.input(), maps, options);
  if (plan.obstacle) require(!plan.changes_anything(), "an obstacle leaves the payload alone");
  if (!plan.growth) return;
  const auto spliced = spliced_source(image.input().image, image.file.payload, plan.growth->image);
  const std::string after = spliced->read_string(0, spliced->size());
  require(after.size() == plan.growth->payload_size, "the payload has the size that the plan says");
  require(crc32c::value(after) == plan.growth->image_payload_crc, "and the checksum");
  if (!sections) return;
  const auto recorded = static_cast<uint32_t>(plan.growth->checksum.value_or(image.file.checksum));
  require(crc32c::value(after) == recorded, "the identity is that of the payload");
  const auto source = view_bytes(after, "grown");
  bytes::RandomReader reader(*source, {0, after.size()});
  payload::read_sections(reader, 8, *image.file.layout);
}

}  // namespace

void payload(std::string_view data) {
  test::ByteChooser choose(data);
  const bool sections = !choose.one_in(3);
  const unsigned pointer_size = choose.one_in(3) ? 4 : 8;
  std::string bytes = sections ? static_payload(choose, pointer_size) : stream(choose);
  const std::string& place = choose.of(kPlaces);
  damage(bytes, choose);
  const test::SyntheticImage image(bytes, sections ? "V12b" : "V11b", pointer_size);
  try {
    const std::vector<PayloadMap> maps{{kOld, place, {}}};
    const PayloadPlan plan = plan_payload(image.input(), maps);
    for (const Occurrence& found : plan.scan.occurrences)
      require(found.offset <= bytes.size() && found.size <= bytes.size() - found.offset, "it lies inside");
    infer_old_paths(image.input());
    grow(image, maps, sections);
    if (plan.obstacle) require(!plan.changes_anything(), "an obstacle leaves the payload alone");
    if (!plan.changes_anything()) return;
    require(place.size() <= kOld.size(), "nothing longer is written");
    const std::string after = image.after(plan);
    require(after.size() == bytes.size(), "no length changes");
    if (sections) require(crc32c::value(after) == crc32c::value(bytes), "the payload keeps its checksum");
    const test::SyntheticImage moved(after, image.file.layout->name, pointer_size);
    const PayloadPlan again = plan_payload(moved.input(), maps);
    require(!again.changes_anything(), "what was replaced is not replaced twice");
  } catch (const Error& error) {
    require(!error.message().empty(), "an error has a sentence");
  }
}

}  // namespace jireloc::fuzz
