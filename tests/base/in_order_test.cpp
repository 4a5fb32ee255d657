#include "jireloc/in_order.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

using jireloc::in_order;
using jireloc::Threads;

namespace {
auto counter(int end) {
  return [i = 0, end]() mutable { return i < end ? std::optional<int>(i++) : std::nullopt; };
}
}  // namespace

TEST_CASE("results come in the order of the items for every number of threads") {
  for (const int jobs : {1, 2, 7}) {
    std::vector<int> results;
    in_order(
        Threads(jobs), counter(500),
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
      Threads(2),
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
          Threads(jobs), counter(100),
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
      Threads(4), counter(0), [&](int& i) { return ++calls, i; }, [&](int) { ++calls; });
  CHECK(calls == 0);
}

namespace {

// How many calls of `work` ran at once, at most.
template <class Work>
int most_at_once(const Threads& threads, int items, Work work) {
  std::atomic<int> running{0}, most{0};
  in_order(
      threads, counter(items),
      [&](int& i) {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        work();
        --running;
        return i;
      },
      [](int) {});
  return most;
}

void wait_as_for_a_file() {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
}

void compute() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
  while (std::chrono::steady_clock::now() < end) {
  }
}

}  // namespace

TEST_CASE("threads are added while those that are there wait for files, up to a limit") {
  const int most = most_at_once({2, 7}, 400, wait_as_for_a_file);
  CHECK(most > 2);
  CHECK(most <= 7);
  CHECK(most_at_once({1, 4}, 200, wait_as_for_a_file) > 1);
}

TEST_CASE("no thread is added while those that are there compute, nor where their number is given") {
  CHECK(most_at_once({2, 8}, 100, compute) <= 2);
  CHECK(most_at_once(Threads(2), 100, wait_as_for_a_file) <= 2);
}

TEST_CASE("results come in order while threads are added, and what work throws comes in its turn") {
  int emitted = 0;
  const auto run = [&] {
    in_order(
        Threads(2, 16), counter(600),
        [](int& i) {
          wait_as_for_a_file();
          if (i == 500) throw std::runtime_error("five hundred");
          return i;
        },
        [&](int result) { CHECK(result == emitted++); });
  };
  CHECK_THROWS_WITH(run(), "five hundred");
  CHECK(emitted == 500);
}
