// Which rows a picture of an image's bytes has.
#include "cli/byte_map_picture.hpp"

#include <catch2/catch.hpp>

namespace jireloc::cli {
namespace {

std::vector<BytePart> parts_of_one_byte(size_t count, const std::vector<PartKind>& kinds) {
  std::vector<BytePart> parts;
  for (size_t i = 0; i < count; ++i) parts.push_back({kinds[i % kinds.size()], "x", {i, 1}});
  return parts;
}

uint64_t bytes_in(const std::vector<BytePart>& parts) {
  uint64_t at = 0;
  for (const BytePart& part : parts) {
    REQUIRE(part.extent.offset == at);
    at = part.extent.end();
  }
  return at;
}

}  // namespace

TEST_CASE("few parts are drawn each, many alike have one row for the last of them, and no byte is lost") {
  REQUIRE(parts_to_draw(parts_of_one_byte(24, {PartKind::source})).size() == 24);
  const auto sources = parts_to_draw(parts_of_one_byte(1000, {PartKind::source}));
  REQUIRE(sources.size() == 24);
  REQUIRE(sources.back().name == "977 more");
  REQUIRE(bytes_in(sources) == 1000);
}

TEST_CASE("an image made to have many unlike parts has no endless picture") {
  const auto rows = parts_to_draw(parts_of_one_byte(100'000, {PartKind::code, PartKind::padding}));
  REQUIRE(rows.size() == 200);
  REQUIRE(rows.back().kind == PartKind::unknown);
  REQUIRE(bytes_in(rows) == 100'000);
}

}  // namespace jireloc::cli
