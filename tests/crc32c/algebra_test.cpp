// Properties of the algebra on checksums, over random messages of fixed seeds.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "crc32c/gf2.hpp"
#include "jireloc/crc32c.hpp"

using namespace jireloc;
using crc32c::value;

namespace {

std::string random_text(std::mt19937& random, size_t size) {
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

// A message whose free bytes are zero, and the extents.
struct Message {
  std::string bytes;
  std::vector<crc32c::FreeBytes> free;
};

Message random_message(std::mt19937& random, size_t gaps, size_t gap_size) {
  Message message;
  for (size_t gap = 0; gap < gaps; ++gap) {
    message.bytes += random_text(random, random() % 3000);
    message.free.push_back({message.bytes.size(), gap_size});
    message.bytes.append(gap_size, '\0');
  }
  message.bytes += random_text(random, random() % 3000);
  return message;
}

std::string filled(const Message& message, const crc32c::Solution& solution) {
  std::string bytes = message.bytes;
  size_t next = 0;
  for (const auto& extent : message.free) {
    for (uint64_t k = 0; k < extent.size; ++k) {
      bytes[extent.offset + k] = static_cast<char>(solution.values[next++]);
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("combine gives the checksum of two texts one after the other") {
  std::mt19937 random(GENERATE(range(0U, 40U)));
  const auto a = random_text(random, random() % 5000), b = random_text(random, random() % 5000);
  CHECK(crc32c::combine(value(a), value(b), b.size()) == value(a + b));
  CHECK(crc32c::combine(value(a), 0, 0) == value(a));
  CHECK(crc32c::combine(0, value(b), b.size()) == value(b));
}

TEST_CASE("combine is associative, also for lengths beyond 4 GiB") {
  std::mt19937_64 random(GENERATE(range(100U, 120U)));
  const auto a = static_cast<uint32_t>(random()), b = static_cast<uint32_t>(random()),
             c = static_cast<uint32_t>(random());
  const uint64_t length_b = random() >> 2, length_c = random() >> 2;
  CHECK(crc32c::combine(crc32c::combine(a, b, length_b), c, length_c) ==
        crc32c::combine(a, crc32c::combine(b, c, length_c), length_b + length_c));
}

TEST_CASE("the power of x behind a shift is the one that squaring gives, for every byte of a length") {
  for (unsigned bit = 0; bit < 64; ++bit)
    CHECK(crc32c::power_of_bytes(uint64_t{1} << bit) == crc32c::power_of_x(uint64_t{1} << bit, 3));
  for (const uint64_t length : {uint64_t{0}, uint64_t{255}, uint64_t{256}, uint64_t{65537},
                                uint64_t{0x0123456789ABCDEF}, UINT64_MAX - 1, UINT64_MAX})
    CHECK(crc32c::power_of_bytes(length) == crc32c::power_of_x(length, 3));
}

TEST_CASE("shift tells what a changed head does to the checksum of the whole") {
  std::mt19937 random(GENERATE(range(200U, 240U)));
  const size_t size = random() % 4000;
  const auto head = random_text(random, size), changed = random_text(random, size),
             tail = random_text(random, random() % 4000);
  CHECK((value(head + tail) ^ crc32c::shift(value(head) ^ value(changed), tail.size())) ==
        value(changed + tail));
  const auto x = static_cast<uint32_t>(random()), y = static_cast<uint32_t>(random());
  CHECK(crc32c::shift(x ^ y, 77) == (crc32c::shift(x, 77) ^ crc32c::shift(y, 77)));
}

TEST_CASE("solve finds values of free bytes that make any wanted difference") {
  const auto seed = GENERATE(range(300U, 360U));
  std::mt19937 random(seed);
  const size_t gaps = 1 + random() % 12;
  const auto message = random_message(random, gaps, 4 / gaps + 4);
  const auto difference = static_cast<uint32_t>(random());
  const auto solution = crc32c::solve(difference, message.bytes.size(), message.free);
  REQUIRE(solution);
  CHECK(solution->rank == 32);
  CHECK(solution->free_bits == gaps * (4 / gaps + 4) * 8);
  REQUIRE(solution->values.size() * 8 == solution->free_bits);
  CHECK(value(filled(message, *solution)) == (value(message.bytes) ^ difference));
}

TEST_CASE("solve answers a zero difference with zeros, and the same question with the same answer") {
  std::mt19937 random(5);
  const auto message = random_message(random, 5, 9);
  const auto nothing = crc32c::solve(0, message.bytes.size(), message.free);
  REQUIRE(nothing);
  CHECK(nothing->values == std::vector<uint8_t>(45, 0));
  const auto once = crc32c::solve(0xDEADBEEF, message.bytes.size(), message.free);
  const auto again = crc32c::solve(0xDEADBEEF, message.bytes.size(), message.free);
  REQUIRE(once);
  REQUIRE(again);
  CHECK(once->values == again->values);
}

TEST_CASE("solve says so when the free bits are too few") {
  std::mt19937 random(6);
  const auto message = random_message(random, 1, 3);
  int solved = 0;
  for (int k = 0; k < 200; ++k) {
    const auto solution = crc32c::solve(static_cast<uint32_t>(random()), message.bytes.size(), message.free);
    if (!solution) continue;
    ++solved;
    CHECK(solution->rank == 24);
  }
  CHECK(solved < 20);  // one difference in 256 is within reach of 24 bits
  CHECK_FALSE(crc32c::solve(1, 100, {}));
  CHECK(crc32c::solve(0, 100, {}));
}

TEST_CASE("With too few bits, what those bits can do is still found") {
  std::mt19937 random(GENERATE(range(400U, 420U)));
  const auto message = random_message(random, 2, 1);
  auto changed = message.bytes;
  for (const auto& extent : message.free) changed[extent.offset] = static_cast<char>(random());
  const auto solution =
      crc32c::solve(value(changed) ^ value(message.bytes), message.bytes.size(), message.free);
  REQUIRE(solution);
  CHECK(solution->rank == 16);
  CHECK(filled(message, *solution) == changed);
}

TEST_CASE("Bits that say nothing new are passed over: the rank is that of all changes of a single bit") {
  std::mt19937 random(GENERATE(range(500U, 540U)));
  auto message = random_message(random, 1 + random() % 8, 1);
  // The same bytes once more: their bits depend upon those already there.
  message.free.insert(message.free.begin(), message.free.front());
  std::vector<uint32_t> independent;
  for (const auto& extent : message.free) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = message.bytes;
      changed[extent.offset] = static_cast<char>(1 << bit);
      uint32_t change = value(changed) ^ value(message.bytes);
      for (const uint32_t other : independent) change = std::min(change, change ^ other);
      if (change != 0) independent.push_back(change);
    }
  }
  const auto rank = static_cast<int>(independent.size());
  CHECK(crc32c::rank(message.bytes.size(), message.free) == rank);
  // What these bits can do is done with the first of the two, and the second stays zero.
  auto wanted = message.bytes;
  for (const auto& extent : message.free) wanted[extent.offset] = static_cast<char>(random());
  const auto solution =
      crc32c::solve(value(wanted) ^ value(message.bytes), message.bytes.size(), message.free);
  REQUIRE(solution);
  CHECK(solution->rank == rank);
  CHECK(solution->values[1] == 0);
  auto reached = message.bytes;
  for (size_t k = 0; k < message.free.size(); ++k)
    reached[message.free[k].offset] =
        static_cast<char>(static_cast<unsigned char>(reached[message.free[k].offset]) ^ solution->values[k]);
  CHECK(value(reached) == value(wanted));
}

TEST_CASE("solve looks at 65536 free bits at most and leaves the rest zero") {
  const std::vector<crc32c::FreeBytes> free{{0, 5000}, {6000, 5000}};
  const auto solution = crc32c::solve(0x55AA55AAU, 11000, free);
  REQUIRE(solution);
  CHECK(solution->free_bits == 65536);
  CHECK(solution->values.size() == 10000);
}
