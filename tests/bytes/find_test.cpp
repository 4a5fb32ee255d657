#include "bytes/find.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "bytes/windows.hpp"
#include "jireloc/payload.hpp"

using namespace jireloc;

TEST_CASE("The vector search finds what std::string_view::find finds") {
  std::mt19937 random(GENERATE(range(1U, 200U)));
  std::string text(random() % 700, '\0');
  for (char& byte : text) byte = static_cast<char>('a' + random() % 3);
  std::string needle(random() % 8 + 1, '\0');
  for (char& byte : needle) byte = static_cast<char>('a' + random() % 3);
  for (size_t from = 0; from <= text.size() + 1; ++from) {
    if (bytes::find(text, needle, from) != std::string_view(text).find(needle, from)) FAIL("from " << from);
  }
}

TEST_CASE("Windows show every byte once as fresh, with context around it") {
  std::string text(1'000'000, '\0');
  std::mt19937 random(7);
  for (char& byte : text) byte = static_cast<char>(random());
  const auto memory = view_bytes(text);
  const auto source = patched_source(*memory, {});  // not in memory, so that it must be read
  const Extent extent{1234, 900'000};
  uint64_t next = extent.offset;
  int windows = 0;
  bytes::for_each_window(*source, extent, 5000, [&](const bytes::Window& window) {
    ++windows;
    CHECK(window.fresh_begin == next);
    CHECK(window.bytes == std::string_view(text).substr(window.offset, window.bytes.size()));
    CHECK(window.offset ==
          std::max(extent.offset, window.fresh_begin - std::min<uint64_t>(5000, window.fresh_begin)));
    CHECK(window.offset + window.bytes.size() == std::min(extent.end(), window.fresh_end + 5000));
    next = window.fresh_end;
  });
  CHECK(next == extent.end());
  CHECK(windows > 1);
}

TEST_CASE("Random access reads any part of its bounds and nothing outside of them") {
  std::string text(300'000, '\0');
  std::mt19937 random(8);
  for (char& byte : text) byte = static_cast<char>(random());
  const auto memory = view_bytes(text);
  const auto source = patched_source(*memory, {});
  bytes::RandomReader reader(*source, {1000, 250'000});
  for (int k = 0; k < 2000; ++k) {
    const uint64_t at = 1000 + random() % 249'000, size = random() % 1000;
    if (reader.view(at, size) != std::string_view(text).substr(at, size)) FAIL("at " << at);
  }
  CHECK(reader.view(1000, 200'000) == std::string_view(text).substr(1000, 200'000));
  CHECK_THROWS_AS(reader.view(999, 1), Error);
  CHECK_THROWS_AS(reader.view(250'999, 2), Error);
  CHECK_THROWS_AS(reader.view(1000, ~uint64_t{0}), Error);
}
