// A number that Julia has not used yet: what is said of it, and that one row is all that a new number takes.
#include <catch2/catch.hpp>

#include "format/select.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/support.hpp"
#include "support/corpus.hpp"

using namespace jireloc;

namespace {

// An image of format 15 with the number 16.
std::string of_format_16() {
  for (const test::CorpusImage& image : test::corpus_images()) {
    if (image.folder != "1.14.0-DEV-format15-plain") continue;
    std::string bytes = test::read_bytes(image.ji);
    bytes[8] = 16;
    const uint32_t crc = crc32c::value(std::string_view(bytes).substr(0, bytes.size() - 4));
    for (size_t k = 0; k < 4; ++k) bytes[bytes.size() - 4 + k] = static_cast<char>(crc >> (8 * k));
    return bytes;
  }
  throw std::runtime_error("no image of format 15");
}

}  // namespace

TEST_CASE("a format of the future is refused with its Julia, and what is known is named") {
  const std::string bytes = of_format_16();
  const auto source = view_bytes(bytes, "x.ji");
  try {
    read_cache_file(*source);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unknown_format);
    CHECK(error.offset() == 8);
    CHECK(error.message() ==
          "format 16 of Julia 1.14.0-DEV is newer than this jireloc, which knows " + supported_range());
  }
  const Prefix prefix = read_common_fields(*source);
  CHECK(prefix.format == 16);
  CHECK(prefix.version == "1.14.0-DEV");
  CHECK(prefix.uname == "Linux");
}

TEST_CASE("a row with the new number reads and writes the made-up format 16") {
  const std::string bytes = of_format_16();
  const auto source = view_bytes(bytes);
  Layout row = layouts().back();
  REQUIRE(row.format == 15);
  row.name = "V16";
  row.format = 16;
  CacheFile file = format::read_header_as(*source, row);
  CHECK(file.layout == &row);
  CHECK(file.worklist.size() == 1);
  CHECK(file.dependencies.size() > 0);
  CHECK(serialize_header(file) == bytes.substr(0, file.header_end));
  // Every older prefix stops somewhere, and says where.
  for (const Layout& layout : layouts()) {
    if (layout.name == "V15") continue;
    INFO(layout.name);
    CHECK_THROWS_AS(format::read_header_as(*source, layout), Error);
  }
}
