#include "jireloc/in_order.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <random>
#include <stdexcept>

using jireloc::for_all_by_need;
using jireloc::Threads;

namespace {

using Needs = std::vector<std::vector<size_t>>;

std::vector<size_t> order_of(const Threads& threads, const Needs& needs) {
  std::vector<size_t> order;
  std::mutex mutex;
  for_all_by_need(threads, needs, [&](size_t item) {
    const std::lock_guard lock(mutex);
    order.push_back(item);
  });
  return order;
}

std::vector<size_t> places_of(const std::vector<size_t>& order) {
  std::vector<size_t> places(order.size(), order.size());
  for (size_t place = 0; place < order.size(); ++place) places.at(order[place]) = place;
  return places;
}

}  // namespace

TEST_CASE("each item comes once, after those that it needs, for every number of threads") {
  std::mt19937 random(3);
  for (const int jobs : {1, 2, 7}) {
    for (const size_t count : {0u, 1u, 2u, 300u}) {
      Needs needs(count);
      for (size_t item = 1; item < count; ++item)
        for (size_t k = random() % 4; k > 0; --k) needs[item].push_back(random() % item);
      const std::vector<size_t> order = order_of(Threads(jobs), needs);
      REQUIRE(order.size() == count);
      const std::vector<size_t> places = places_of(order);
      for (size_t item = 0; item < count; ++item)
        for (const size_t need : needs[item]) CHECK(places[need] < places[item]);
    }
  }
}

TEST_CASE("the results of what an item needs are there for it, whichever thread made them") {
  Needs needs(400);
  for (size_t item = 1; item < needs.size(); ++item) needs[item] = {item / 2, item - 1 - item % 3 % item};
  std::vector<uint64_t> depth(needs.size(), 0);
  for_all_by_need(Threads(2, 8), needs, [&](size_t item) {
    for (const size_t need : needs[item]) depth[item] = std::max(depth[item], depth[need] + 1);
  });
  for (size_t item = 1; item < needs.size(); ++item)
    for (const size_t need : needs[item]) CHECK(depth[item] > depth[need]);
}

TEST_CASE("items that need each other in a circle come last, and once") {
  const Needs needs{{1}, {2}, {0}, {}, {2}, {3}};
  for (const int jobs : {1, 3}) {
    const std::vector<size_t> order = order_of(Threads(jobs), needs);
    REQUIRE(order.size() == needs.size());
    const std::vector<size_t> places = places_of(order);
    CHECK(places[3] < places[5]);
    for (const size_t item : {0u, 1u, 2u, 4u}) CHECK(places[item] > places[5]);
  }
}

TEST_CASE("what work throws is thrown to the caller, and what needs it is not begun") {
  for (const int jobs : {1, 3}) {
    Needs needs(100);
    for (size_t item = 1; item < needs.size(); ++item) needs[item] = {item - 1};
    std::atomic<size_t> begun{0};
    CHECK_THROWS_WITH(for_all_by_need(Threads(jobs), needs,
                                      [&](size_t item) {
                                        ++begun;
                                        if (item == 40) throw std::runtime_error("forty");
                                      }),
                      "forty");
    CHECK(begun == 41);
  }
}
