// Frames are found in one pass over the bytes; what they must be is said by looking back from each place
// alone.
#include "payload/frames.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "payload/synthetic.hpp"
#include "payload/text.hpp"
#include "payload/text_runs.hpp"

using namespace jireloc;
using namespace jireloc::payload;

namespace {

using Random = std::mt19937_64;

// Few different bytes, so that tags, lengths and texts come often and nest in each other.
std::string stream(Random& random, size_t size) {
  static const std::string kinds("\x02\x12\x0c\x05\x30\0\0\0ab/ ~", 14);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = kinds[random() % kinds.size()];
  return bytes;
}

std::string words(Random& random, size_t size, const std::vector<uint64_t>& values) {
  std::string bytes;
  while (bytes.size() < size)
    bytes += test::word(random() % 3 != 0 ? values[random() % values.size()] : random() % 200, 8);
  return bytes;
}

std::vector<Extent> places(Random& random, Extent region) {
  std::vector<Extent> made;
  for (int k = 0; k < 60; ++k) {
    const uint64_t offset = region.offset + random() % (region.size - 6);
    made.push_back({offset, 1 + random() % 5});
  }
  std::sort(made.begin(), made.end(), [](Extent a, Extent b) { return a.offset < b.offset; });
  return made;
}

uint64_t number(const std::string& bytes, uint64_t at, unsigned size) {
  uint64_t value = 0;
  for (unsigned k = size; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + k]);
  return value;
}

std::string say(const std::optional<Frame>& frame) {
  if (!frame) return "none";
  return (frame->kind == FrameKind::string ? "string " : "symbol ") + std::to_string(frame->text.offset) +
         "+" + std::to_string(frame->text.size);
}

std::optional<Frame> if_holds(FrameKind kind, Extent text, Extent place, Extent region) {
  if (text.end() < place.end() || text.end() > region.end()) return std::nullopt;
  return Frame{kind, text};
}

std::optional<Frame> looked_back_in_stream(const std::string& bytes, Extent region, Extent place) {
  for (uint64_t at = place.offset;; --at) {
    if (at < place.offset && !is_text_byte(static_cast<unsigned char>(bytes[at]))) return std::nullopt;
    if (at >= region.offset + 2 && bytes[at - 2] == 2) {
      if (auto frame = if_holds(FrameKind::symbol, {at, number(bytes, at - 1, 1)}, place, region))
        return frame;
    }
    if (at >= region.offset + 5 && (bytes[at - 5] == 12 || bytes[at - 5] == 18)) {
      const FrameKind kind = bytes[at - 5] == 18 ? FrameKind::string : FrameKind::symbol;
      if (auto frame = if_holds(kind, {at, number(bytes, at - 4, 4)}, place, region)) return frame;
    }
    if (at == region.offset) return std::nullopt;
  }
}

std::optional<Frame> looked_back_in_words(const std::string& bytes, Extent region, Extent place,
                                          uint64_t payload_begin, StringTags tags) {
  for (uint64_t at = place.offset; at >= region.offset + 8; --at) {
    if ((at - payload_begin) % 16 != 0 || at + 8 > place.offset) continue;
    const uint64_t tag = number(bytes, at - 8, 8);
    if (tags == StringTags::small ? tag != 0xA3 && tag != 0xA7 : tag >> 61 != 6) continue;
    const Extent text{at + 8, number(bytes, at, 8)};
    const auto frame = if_holds(FrameKind::string, text, place, region);
    if (frame && text.end() < region.end() && bytes[text.end()] == 0) return frame;
  }
  return std::nullopt;
}

// Counts what is read of it, and is not in memory.
class CountedSource : public ByteSource {
 public:
  explicit CountedSource(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const noexcept override { return bytes_.size(); }
  const std::string& name() const noexcept override { return name_; }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    bytes_.copy(buffer, size, offset);
    read_ += size;
  }
  uint64_t bytes_read() const { return read_; }

 private:
  std::string bytes_, name_ = "counted";
  mutable uint64_t read_ = 0;
};

// One text that repeats the old path, with its head in front.
std::string repeated_path(size_t count) {
  std::string text;
  for (size_t k = 0; k < count; ++k) text += "/home/u/.julia/x:";
  return text;
}

std::string static_data_of(const std::string& text) {
  test::StaticPayload payload;
  payload.sysdata = std::string(8, '\0');
  payload.close_the_gap_before_const_data();
  payload.const_data = text;
  return payload.bytes();
}

uint64_t bytes_read_by_scan(std::string payload, std::string_view layout) {
  const test::SyntheticImage image(payload, layout);
  const CountedSource counted(std::move(payload));
  const std::string paths[] = {"/home/u/.julia"};
  const PayloadScan scan = scan_payload({image.file, counted, nullptr}, paths);
  REQUIRE(scan.occurrences.size() > 1000);
  return counted.bytes_read();
}

}  // namespace

TEST_CASE("Frames of a stream found in one pass are those found by looking back from each place") {
  Random random(1);
  size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string bytes = stream(random, 300);
    const auto source = view_bytes(bytes);
    const Extent region{random() % 20, 250};
    StreamFrames frames(*source, region);
    for (const Extent place : places(random, region)) {
      const auto expected = looked_back_in_stream(bytes, region, place);
      found += expected.has_value();
      INFO("round " << round << " place " << place.offset << "+" << place.size);
      REQUIRE(say(frames.find(place)) == say(expected));
    }
  }
  CHECK(found > 1000);
}

TEST_CASE("Strings found in one pass are those found by looking back from each place") {
  Random random(2);
  for (const StringTags tags : {StringTags::small, StringTags::system_image_reference}) {
    const std::vector<uint64_t> values = tags == StringTags::small
                                             ? std::vector<uint64_t>{0xA3, 0xA7, 16, 40, 100, 7}
                                             : std::vector<uint64_t>{uint64_t{6} << 61 | 8, 16, 40, 100, 7};
    size_t found = 0;
    for (int round = 0; round < 400; ++round) {
      const std::string bytes = words(random, 600, values);
      const auto source = view_bytes(bytes);
      const uint64_t payload_begin = 8 * (random() % 3);
      const Extent region{payload_begin + 8 * (random() % 6), 500};
      StringFrames frames(*source, region, payload_begin, 8, tags);
      for (const Extent place : places(random, region)) {
        const auto expected = looked_back_in_words(bytes, region, place, payload_begin, tags);
        found += expected.has_value();
        INFO("round " << round << " place " << place.offset << "+" << place.size);
        REQUIRE(say(frames.find(place)) == say(expected));
      }
    }
    CHECK(found > 500);
  }
}

TEST_CASE("Text around places found in one pass is the text around each of them") {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const std::string bytes = stream(random, 300);
    const auto source = view_bytes(bytes);
    const Extent region{5, 280};
    TextRuns runs(*source, region, 9);
    for (const Extent place : places(random, region)) {
      const auto is_text = [&](uint64_t at) { return is_text_byte(static_cast<unsigned char>(bytes[at])); };
      uint64_t begin = place.offset, end = place.end();
      while (begin > region.offset && place.offset - begin < 9 && is_text(begin - 1)) --begin;
      while (end < region.end() && end - place.end() < 9 && is_text(end)) ++end;
      const Extent text = runs.around(place);
      REQUIRE(text.offset == begin);
      REQUIRE(text.end() == end);
    }
  }
}

TEST_CASE("A payload that is nothing but old paths is read a few times, not once a path") {
  const std::string text = repeated_path(20'000);
  for (const auto& [payload, layout] :
       {std::pair<std::string, std::string_view>{text, "V11b"}, {static_data_of(text), "V12b"}}) {
    INFO(layout);
    // By 64 KiB at least, each of the finders for itself.
    CHECK(bytes_read_by_scan(payload, layout) < 40 * payload.size());
  }
}

TEST_CASE("Of many places the first thousand of each kind come with their text") {
  const test::SyntheticImage image(repeated_path(3'000), "V11b");
  const std::string paths[] = {"/home/u/.julia"};
  const PayloadScan scan = scan_payload(image.input(), paths);
  REQUIRE(scan.occurrences.size() == 3'000);
  CHECK(!scan.occurrences[999].text.empty());
  CHECK(scan.occurrences[1000].text.empty());
  CHECK(scan.occurrences[1000].text_size != 0);
  PayloadOptions all;
  all.most_texts = UINT64_MAX;
  for (const Occurrence& occurrence : scan_payload(image.input(), paths, all).occurrences)
    REQUIRE(!occurrence.text.empty());
}
