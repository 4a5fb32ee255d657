#include "cli/batch.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>

using namespace jireloc::cli;

namespace {
auto counter(int end) {
  return [i = 0, end]() mutable { return i < end ? std::optional<int>(i++) : std::nullopt; };
}
}  // namespace

TEST_CASE("results come in the order of the items for every number of threads") {
  for (const int jobs : {1, 2, 7}) {
    std::vector<int> results;
    in_order(
        jobs, counter(500),
        [](int& i) {
          if (i % 13 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
          return i * 2;
        },
        [&](int result) { results.push_back(result); });
    REQUIRE(results.size() == 500);
    for (int i = 0; i < 500; ++i) CHECK(results[static_cast<size_t>(i)] == 2 * i);
  }
}

TEST_CASE("no more than a bounded number of items is taken ahead of the one that is emitted") {
  int taken = 0, emitted = 0, most = 0;
  in_order(
      2,
      [&]() -> std::optional<int> {
        most = std::max(most, taken - emitted);
        return taken < 1000 ? std::optional<int>(taken++) : std::nullopt;
      },
      [](int& i) { return i; }, [&](int) { ++emitted; });
  CHECK(emitted == 1000);
  CHECK(most <= 16);
}

TEST_CASE("what work throws is thrown to the caller in its turn, after the results before it") {
  for (const int jobs : {1, 3}) {
    int emitted = 0;
    const auto run = [&] {
      in_order(
          jobs, counter(100),
          [](int& i) {
            if (i == 40) throw std::runtime_error("forty");
            return i;
          },
          [&](int) { ++emitted; });
    };
    CHECK_THROWS_WITH(run(), "forty");
    CHECK(emitted == 40);
  }
}

TEST_CASE("nothing happens where there are no items") {
  int calls = 0;
  in_order(
      4, counter(0), [&](int& i) { return ++calls, i; }, [&](int) { ++calls; });
  CHECK(calls == 0);
}
