// Single fields: cache flags bit by bit, the equality of dependency entries.
#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "jireloc/cache_file.hpp"

using namespace jireloc;

TEST_CASE("Each bit of the cache flags is read where Julia 1.9 and later put it") {
  for (int raw = 0; raw < 256; ++raw) {
    CAPTURE(raw);
    const CacheFlags flags = decode_cache_flags(static_cast<uint8_t>(raw), "1.10.8");
    const auto bit = [&](int number) { return raw / (1 << number) % 2; };
    CHECK(flags.raw == raw);
    CHECK(flags.use_pkgimages == (bit(0) == 1));
    CHECK(flags.debug_level == bit(1) + 2 * bit(2));
    CHECK(flags.check_bounds == bit(3) + 2 * bit(4));
    CHECK(flags.inline_ == (bit(5) == 1));
    CHECK(flags.opt_level == bit(6) + 2 * bit(7));
  }
}

TEST_CASE("The first two betas of 1.9 tell no check-bounds and have the optimization level elsewhere") {
  for (const char* version : {"1.9.0-beta1", "1.9.0-beta2"}) {
    for (int raw = 0; raw < 256; ++raw) {
      CAPTURE(version, raw);
      const CacheFlags flags = decode_cache_flags(static_cast<uint8_t>(raw), version);
      const auto bit = [&](int number) { return raw / (1 << number) % 2; };
      CHECK(flags.raw == raw);
      CHECK(flags.use_pkgimages == (bit(0) == 1));
      CHECK(flags.debug_level == bit(1) + 2 * bit(2));
      CHECK(flags.check_bounds == 0);
      CHECK_FALSE(flags.inline_);
      CHECK(flags.opt_level == bit(4) + 2 * bit(5));
    }
  }
  CHECK(decode_cache_flags(0xFF, "1.9.0-beta3").opt_level == 3);
  CHECK(decode_cache_flags(0xFF, "1.9.0-beta3").inline_);
}

TEST_CASE("Two dependency entries are equal only if every field is, the time by its bits") {
  Dependency entry;
  entry.path = "/m/M.jl";
  entry.fsize = 7;
  entry.hash = 8;
  entry.mtime = 1.5;
  entry.module_index = 1;
  entry.submodules = {"A"};
  CHECK(entry == Dependency(entry));
  const std::function<void(Dependency&)> changes[] = {
      [](Dependency& other) { other.path += "x"; },      [](Dependency& other) { other.fsize = 9; },
      [](Dependency& other) { other.hash = 9; },         [](Dependency& other) { other.mtime = 1.25; },
      [](Dependency& other) { other.module_index = 2; }, [](Dependency& other) { other.submodules = {"B"}; }};
  for (const auto& change : changes) {
    Dependency other = entry;
    change(other);
    CHECK_FALSE(entry == other);
    CHECK_FALSE(other == entry);
  }
  Dependency zero = entry, minus_zero = entry, nan = entry;
  zero.mtime = 0.0;
  minus_zero.mtime = -0.0;
  nan.mtime = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(zero == minus_zero);
  CHECK(nan == Dependency(nan));
}
