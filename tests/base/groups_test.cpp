#include "base/groups.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using jireloc::for_all_in_groups;
using jireloc::kOpenGroups;
using jireloc::Threads;

TEST_CASE("a group is finished on the calling thread, in order, when all of it was worked on") {
  const auto caller = std::this_thread::get_id();
  for (Threads threads : {Threads(1), Threads(3), Threads(2, 9), Threads(0), Threads(500)})
    for (const size_t count : {0, 1, 7, 8, 9, 301}) {
      std::vector<std::atomic<int>> calls(count);
      size_t finished = 0;
      for_all_in_groups(
          threads, count, 8, [&](size_t i) { ++calls.at(i); },
          [&](size_t begin, size_t end) {
            CHECK(std::this_thread::get_id() == caller);
            CHECK(begin == finished);
            CHECK((end == begin + 8 || (end == count && end > begin && end < begin + 8)));
            for (size_t i = begin; i < end; ++i) CHECK(calls.at(i) == 1);
            finished = end;
          });
      CHECK(finished == count);
    }
}

TEST_CASE("others work on the next groups while one is finished, and no further") {
  constexpr size_t kSize = 4;
  Threads threads(4);
  std::atomic<size_t> begun{0}, finished{0}, furthest{0};
  for_all_in_groups(
      threads, 40 * kSize, kSize,
      [&](size_t i) {
        ++begun;
        const size_t ahead = i - finished;
        for (size_t seen = furthest; seen < ahead && !furthest.compare_exchange_weak(seen, ahead);) {
        }
      },
      [&](size_t, size_t end) {
        // With threads at all, those get to the end of what they may begin.
        const size_t open = std::min(40 * kSize, finished + kOpenGroups * kSize);
        while (begun < open) std::this_thread::yield();
        finished = end;
      });
  CHECK(begun == 40 * kSize);
  CHECK(furthest < kOpenGroups * kSize);
}

TEST_CASE("what the work on an item throws, or the end of a group, ends the whole") {
  for (Threads threads : {Threads(1), Threads(3)}) {
    size_t finished = 0;
    const auto finish = [&](size_t, size_t end) { finished = end; };
    const auto fail_at_30 = [](size_t i) {
      if (i == 30) throw std::runtime_error("30");
    };
    CHECK_THROWS_WITH(for_all_in_groups(threads, 100000, 10, fail_at_30, finish), "30");
    CHECK(finished <= 30);
    std::atomic<size_t> calls{0};
    CHECK_THROWS_WITH(for_all_in_groups(
                          threads, 100000, 10, [&](size_t) { ++calls; },
                          [](size_t begin, size_t) {
                            if (begin == 20) throw std::runtime_error("20");
                          }),
                      "20");
    CHECK(calls <= 20 + kOpenGroups * 10);
  }
}

TEST_CASE("threads that wait for each other bring no others: those are for files that are waited for") {
  Threads threads(4, 64);
  std::atomic<size_t> calls{0};
  for_all_in_groups(
      threads, 200'000, 64, [&](size_t) { ++calls; }, [](size_t, size_t) {});
  CHECK(calls == 200'000);
  CHECK(threads.first == 4);
}

TEST_CASE("threads that wait while they work on groups bring others") {
  Threads threads(2, 16);
  for_all_in_groups(
      threads, 400, 64, [](size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(3)); },
      [](size_t, size_t) {});
  CHECK(threads.first > 2);
}
