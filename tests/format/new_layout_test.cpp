// A number that Julia has not used yet: what is said of it, and that one row is all that a new number takes.
#include <catch2/catch.hpp>

#include "format/select.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/support.hpp"
#include "support/corpus.hpp"
#include "support/layouts.hpp"

using namespace jireloc;

namespace {

// A number that no Julia has used yet.
uint16_t next_format() {
  return static_cast<uint16_t>(layouts().back().format + 1);
}

// An image of format 15 with that number.
std::string of_next_format() {
  for (const test::CorpusImage& image : test::corpus_images()) {
    if (image.folder != "1.14.0-DEV-format15-plain") continue;
    std::string bytes = test::read_bytes(image.ji);
    bytes[8] = static_cast<char>(next_format());
    const uint32_t crc = crc32c::value(std::string_view(bytes).substr(0, bytes.size() - 4));
    for (size_t k = 0; k < 4; ++k) bytes[bytes.size() - 4 + k] = static_cast<char>(crc >> (8 * k));
    return bytes;
  }
  throw std::runtime_error("no image of format 15");
}

}  // namespace

TEST_CASE("a format of the future is refused with its Julia, and what is known is named") {
  const std::string bytes = of_next_format();
  const auto source = view_bytes(bytes, "x.ji");
  try {
    read_cache_file(*source);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unknown_format);
    CHECK(error.offset() == 8);
    CHECK(error.message() == "format " + std::to_string(next_format()) +
                                 " of Julia 1.14.0-DEV is newer than this jireloc, which knows " +
                                 supported_range());
  }
  const Prefix prefix = read_common_fields(*source);
  CHECK(prefix.format == next_format());
  CHECK(prefix.version == "1.14.0-DEV");
  CHECK(prefix.uname == "Linux");
}

TEST_CASE("a row with the new number reads and writes the made-up format") {
  const std::string bytes = of_next_format();
  const auto source = view_bytes(bytes);
  Layout row = test::layout_named("V15");
  row.name = "next";
  row.format = next_format();
  CacheFile file = format::read_header_as(*source, row);
  CHECK(file.layout == &row);
  CHECK(file.worklist.size() == 1);
  CHECK(file.dependencies.size() > 0);
  CHECK(serialize_header(file) == bytes.substr(0, file.header_end));
  // Every older prefix stops somewhere, and says where.
  for (const Layout& layout : layouts()) {
    if (layout.format >= 15) continue;
    INFO(layout.name);
    CHECK_THROWS_AS(format::read_header_as(*source, layout), Error);
  }
}
