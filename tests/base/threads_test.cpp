#include "base/threads.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using jireloc::for_all;
using jireloc::Threads;

namespace {

void wait_as_for_a_file() {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
}

}  // namespace

TEST_CASE("every number is worked on once, for every number of threads") {
  for (Threads threads : {Threads(1), Threads(3), Threads(2, 9), Threads(0), Threads(500)}) {
    std::vector<std::atomic<int>> calls(300);
    for_all(threads, calls.size(), [&](size_t i) { ++calls[i]; });
    for (const auto& count : calls) CHECK(count == 1);
  }
  Threads four(4);
  for_all(four, 0, [](size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("every thing is in one share") {
  const size_t things = GENERATE(0, 1, 63, 64, 65, 300);
  std::vector<std::atomic<int>> calls(things);
  Threads three(3);
  jireloc::for_all_shares(three, things, [&](jireloc::Share share) {
    if (share.begin >= share.end) throw std::logic_error("an empty share");
    for (size_t i = share.begin; i < share.end; ++i) ++calls.at(i);
  });
  for (const auto& count : calls) CHECK(count == 1);
}

TEST_CASE("for_all takes more threads only while those that it has wait for files") {
  const auto most_at_once = [](Threads threads, void (*work)()) {
    std::atomic<int> running{0}, most{0};
    for_all(threads, 150, [&](size_t) {
      const int now = ++running;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      work();
      --running;
    });
    return most.load();
  };
  const auto compute = [] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  const int most = most_at_once({1, 5}, wait_as_for_a_file);
  CHECK(most > 1);
  CHECK(most <= 5);
  CHECK(most_at_once(Threads(2), wait_as_for_a_file) <= 2);
  CHECK(most_at_once({2, 8}, compute) <= 2);
}

TEST_CASE("for_all begins with as many threads as the last one of its kind ended with") {
  Threads threads(1, 4);
  for_all(threads, 100, [](size_t) { wait_as_for_a_file(); });
  CHECK(threads.first > 1);
  CHECK(threads.first <= 4);
  CHECK(threads.most == 4);
  const int before = threads.first;
  for_all(threads, 1, [](size_t) {});
  CHECK(threads.first == before);
}

TEST_CASE("what work throws is thrown to the caller of for_all, and what was not begun is dropped") {
  for (Threads threads : {Threads(1), Threads(4), Threads(1, 4)}) {
    std::atomic<int> begun{0};
    const auto run = [&] {
      for_all(threads, 10000, [&](size_t i) {
        ++begun;
        if (i == 20) throw std::runtime_error("twenty");
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      });
    };
    CHECK_THROWS_WITH(run(), "twenty");
    CHECK(begun < 10000);
  }
}
