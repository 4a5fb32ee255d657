#include "cli/progress.hpp"

#include <catch2/catch.hpp>

using namespace jireloc::cli;
using std::chrono::duration;

TEST_CASE("progress tells rate and remaining time, where there is something to tell") {
  const auto line = [](uint64_t done, uint64_t total, double seconds) {
    return progress_line("images", done, total, 0, duration<double>(seconds));
  };
  CHECK(line(5, 10, 1) == "[###############...............] 5/10 images");
  CHECK(line(5, 10, 10) == "[###############...............] 5/10 images, 0.5/s, 10 s left");
  CHECK(line(10, 10, 10) == "[##############################] 10/10 images, 1.0/s");
  CHECK(line(100, 0, 4) == "100 images, 25/s");
  CHECK(line(0, 10, 60) == "[..............................] 0/10 images");
  CHECK(line(100, 10'000, 10).ends_with(", 10/s, 16 min 30 s left"));
  CHECK(line(100, 50'000, 10).ends_with(", 10/s, 1 h 23 min left"));
  CHECK(line(12, 10, 10) == "[##############################] 12/10 images, 1.2/s");
  CHECK(progress_line("images", 1, 0, 1, duration<double>(1)) == "1 images, 1 failed");
}
