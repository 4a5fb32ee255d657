// Growth in the tag stream of real images of Julia <= 1.8.
#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "payload/loaded_image.hpp"
#include "payload/stream_code.hpp"
#include "payload/synthetic.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

bool is_stream(const LoadedImage& image) {
  return !image.file.layout->has_aligned_payload();
}

PayloadPlan grown(const LoadedImage& image, const std::string& to, Growth growth = Growth::all,
                  bool keep_code = true) {
  PayloadOptions options;
  options.growth = growth;
  options.keep_code = keep_code;
  return plan_payload(image.input(), std::vector<PayloadMap>{{image.old_path(), to, {}}}, options);
}

std::string bytes_of(const ByteSource& source) {
  return source.read_string(0, source.size());
}

std::string payload_of(const LoadedImage& image) {
  return image.ji.substr(image.file.payload.offset, image.file.payload.size);
}

std::string grown_payload(const LoadedImage& image, const PayloadPlan& plan) {
  return bytes_of(*spliced_source(*image.image, image.file.payload, plan.growth->image));
}

std::string longer_by(const LoadedImage& image, size_t bytes) {
  return image.old_path() + std::string(bytes, 'x');
}

// The payload with every framed text of the old path replaced, written once more and simpler: a text is found
// by its length, wherever the old path stands in it.
std::string replaced_by_hand(std::string payload, const std::string& from, const std::string& to) {
  for (size_t at = payload.find(from); at != std::string::npos; at = payload.find(from, at)) {
    const size_t delta = to.size() - from.size();
    // Every text of the corpus begins with the path.
    const auto byte = [&](size_t back) { return static_cast<unsigned char>(payload[at - back]); };
    const size_t long_size = byte(4) | byte(3) << 8 | byte(2) << 16;
    size_t head = 5, size = long_size;
    unsigned char tag = byte(5);
    if (byte(2) == 2 && !(tag == 18 && long_size < 4096 && long_size != byte(1))) {
      head = 2;
      size = byte(1);
      tag = 2;
    }
    const std::string text = to + payload.substr(at + from.size(), size - from.size());
    std::string framed;
    if (tag == 2 && text.size() < 256) {
      framed = {2, static_cast<char>(text.size())};
    } else {
      framed += static_cast<char>(tag == 2 ? 12 : tag);
      for (int shift = 0; shift < 32; shift += 8) framed += static_cast<char>(text.size() >> shift);
    }
    payload.replace(at - head, head + size, framed + text);
    at += delta + framed.size() - head + from.size();
  }
  return payload;
}

}  // namespace

TEST_CASE("texts of a tag stream grow to any length, and nothing else changes") {
  int tried = 0;
  for (const auto& image : loaded_images()) {
    if (!is_stream(*image)) continue;
    INFO(image->name);
    for (const size_t more : {1, 15, 16, 17, 255, 256, 1000}) {
      const std::string to = longer_by(*image, more);
      const PayloadPlan plan = grown(*image, to);
      REQUIRE_FALSE(plan.obstacle);
      REQUIRE(plan.growth);
      const std::string after = grown_payload(*image, plan);
      CHECK(plan.growth->payload_size == after.size());
      CHECK(plan.residue().empty());
      CHECK(after == replaced_by_hand(payload_of(*image), image->old_path(), to));
      ++tried;
    }
  }
  CHECK(tried >= 7 * 10);
}

TEST_CASE("a longer path in a tag stream and back gives the same bytes where no name needs a longer head") {
  for (const auto& image : loaded_images()) {
    if (!is_stream(*image)) continue;
    INFO(image->name);
    const std::string to = longer_by(*image, 100);  // all symbols stay below 256 bytes
    const std::string there = grown_payload(*image, grown(*image, to));
    CHECK(replaced_by_hand(there, to, image->old_path()) == payload_of(*image));
  }
}

TEST_CASE("with names alone, an image with other constants is left and one without them grows") {
  const LoadedImage& leaf = loaded_image("1.5.3-plain/Leaf");
  const PayloadPlan left = grown(leaf, longer_by(leaf, 10), Growth::names);
  REQUIRE(left.obstacle);
  CHECK(left.obstacle->code == Code::too_long);
  CHECK_FALSE(left.changes_anything());
}

TEST_CASE("where constants grow, the inferred code of 1.5 to 1.7 is dropped") {
  for (const auto& image : loaded_images()) {
    if (!is_stream(*image)) continue;
    INFO(image->name);
    const PayloadPlan plan = grown(*image, longer_by(*image, 10), Growth::all, false);
    if (image->name.starts_with("1.8")) {
      CHECK(plan.obstacle.has_value() == (grown(*image, longer_by(*image, 10)).growth->constants != 0));
      continue;
    }
    REQUIRE(plan.growth);
    const auto code =
        payload::find_stream_code(*image->image, image->file.payload, image->file.prefix.version);
    REQUIRE(code);
    if (plan.growth->constants != 0) CHECK(plan.growth->dropped_code == code->size());
    for (const uint64_t flags : *code) {
      CHECK(static_cast<unsigned char>(image->ji[flags - 1]) == 28);
      CHECK((image->ji[flags] & 1) == 1);
    }
  }
}

TEST_CASE("a reference that looks like inferred code is not taken for it, and what may be both stops") {
  using namespace std::string_literals;
  const auto found_in = [](const std::string& stream) {
    const SyntheticImage image(std::string(8, '\x36') + stream + std::string(8, '\x36'), "V11b");
    const auto code = payload::find_stream_code(*image.image, image.file.payload, "1.5.3");
    return code ? std::optional(code->size()) : std::nullopt;
  };
  const std::string code = "\x1c\x01\x30\x52\x00\x16\x01\x2b\x03\x0a\xf3"s;
  CHECK(found_in("\x36\x08"s + code) == 1U);
  // Seen: object 0x091c, then object 0x38; with a bit of it changed, Julia 1.5.3 crashed.
  CHECK(found_in("\x30\x1c\x09\x30\x38\x00\x42"s) == 0U);
  CHECK(found_in("\x30\x1c\x09\x30\x38\x00\x42\x36\x08"s + code) == 1U);
  // Object 0x3008 and code, or object 0x1c30 after something else.
  CHECK_FALSE(found_in("\x30\x08\x30"s + code));
  CHECK_FALSE(found_in("\x30\x08"s + code));
  CHECK_FALSE(found_in("\x36\x40"s + code));
}
