// What an item may cost, and what it is told when it costs more.
#include "base/work.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "bytes/unpacked.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

using namespace jireloc;

namespace {

// Limits for as long as it lives.
struct Limited {
  explicit Limited(std::string_view name, uint64_t value) {
    WorkLimits limits;
    REQUIRE(set_limit(limits, name, value));
    set_work_limits(limits);
  }
  ~Limited() { set_work_limits({}); }
};

template <typename Work>
std::string refusal(Work work) {
  try {
    work();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::too_large);
    CHECK(error.file() == "x.ji");
    const auto* choice = std::get_if<fix::Choose>(&error.reason().fix);
    REQUIRE(choice != nullptr);
    CHECK(choice->setting == Setting::limit);
    return error.message() + " (" + choice->value + ")";
  }
  return "accepted";
}

}  // namespace

TEST_CASE("An item may cost its limit and no more, and the next item begins again") {
  const Limited limited("hashed", 100);
  for (int item = 0; item < 2; ++item) {
    const ItemWork work;
    spend_hashed(60, "x.ji");
    spend_hashed(40, "x.ji");
    CHECK(refusal([] { spend_hashed(1, "x.ji"); }) ==
          "more than 100 bytes were hashed for one item (hashed)");
  }
  CHECK_NOTHROW(spend_hashed(1000, "x.ji"));  // no item
}

TEST_CASE("One item inside of another is counted with it") {
  const Limited limited("decompressed", 100);
  const ItemWork outer;
  spend_decompressed(80, "x.ji");
  const ItemWork inner;
  CHECK(refusal([] { spend_decompressed(21, "x.ji"); }).find("decompressed") != std::string::npos);
}

TEST_CASE("An item's processor time is limited") {
  const Limited limited("seconds", 0);
  const ItemWork work;
  const auto work_on = [] {
    uint64_t sum = 0;
    for (uint64_t k = 0; k < 200'000'000'000; ++k) {
      sum += k * k;
      if (k % 1'000'000 == 0) spend_time(sum == 1 ? "y.ji" : "x.ji");
    }
  };
  CHECK(refusal(work_on) == "more than 0 seconds of processor time for one item (seconds)");
}

TEST_CASE("Nor does what reads many small files go on for ever") {
  const Limited limited("seconds", 0);
  const ItemWork work;
  const auto work_on = [] {
    volatile uint64_t sum = 0;
    for (uint64_t k = 0; k < 200'000'000'000; ++k) {
      sum = sum + k * k;
      if (k % 10'000 == 0) spend_hashed(0, "x.ji");
    }
  };
  CHECK(refusal(work_on) == "more than 0 seconds of processor time for one item (seconds)");
}

TEST_CASE("There is no limit of another name") {
  WorkLimits limits;
  CHECK_FALSE(set_limit(limits, "memory", 1));
  CHECK(is_limit_in_bytes("hashed"));
  CHECK_FALSE(is_limit_in_bytes("seconds"));
}

TEST_CASE("Few bytes do not unpack to very many") {
  const std::string piece(1 << 20, '\0');
  bytes::Unpacked bomb(40'000, UINT64_MAX, "x.ji");
  const auto unpack = [&] {
    for (int mebibytes = 0; mebibytes < 100; ++mebibytes) bomb.append(piece);
  };
  CHECK(refusal(unpack) == "decompresses to more than 200 times its size (expansion)");
}

TEST_CASE("Only one thread at a time holds much that was unpacked") {
  const std::string much(5 << 20, 'x'), little(1 << 20, 'y');
  bytes::Unpacked first(much.size(), UINT64_MAX, "x.ji");
  first.append(much);
  auto source = first.take();
  CHECK(source->size() == much.size());
  std::atomic<bool> unpacked_little = false, unpacked_much = false;
  std::thread other([&] {
    bytes::Unpacked small(little.size(), UINT64_MAX, "y.ji");
    small.append(little);
    unpacked_little = true;
    bytes::Unpacked second(much.size(), UINT64_MAX, "y.ji");
    second.append(much);
    unpacked_much = true;
  });
  while (!unpacked_little) std::this_thread::yield();
  CHECK_FALSE(unpacked_much);  // this thread still holds its own, and may unpack more
  bytes::Unpacked again(much.size(), UINT64_MAX, "x.ji");
  again.append(much);
  again.take().reset();
  CHECK_FALSE(unpacked_much);
  source.reset();
  other.join();
  CHECK(unpacked_much);
}
