#include "rewrite/memory_share.hpp"

#include <catch2/catch.hpp>
#include <deque>

using namespace jireloc;
using rewriting::MemoryBudget;
using rewriting::MemoryShare;

TEST_CASE("what images hold in memory stays within the budget, however many come and go") {
  MemoryBudget budget;
  std::deque<std::unique_ptr<MemoryShare>> shares;
  const auto all = [&] {
    uint64_t sum = 0;
    for (const auto& share : shares) sum += 4 * share->largest_in_memory();
    return sum;
  };
  for (int i = 0; i < 64; ++i) {
    shares.push_back(std::make_unique<MemoryShare>(budget, 4));
    CHECK(all() <= MemoryBudget::kTogether);
  }
  while (shares.size() > 16) shares.pop_front();
  for (int i = 0; i < 1000; ++i) {
    shares.pop_front();
    shares.push_back(std::make_unique<MemoryShare>(budget, 4));
    CHECK(all() <= MemoryBudget::kTogether);
  }
  for (const auto& share : shares) CHECK(share->largest_in_memory() > uint64_t{400} << 10);
  shares.clear();
  CHECK(MemoryShare(budget, 4).largest_in_memory() == kLargestInMemory);  // all was given back
}
