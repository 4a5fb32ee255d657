// Keeping a checksum: what solve() gives changes the checksum by exactly the difference asked for; where it
// gives nothing, the free bits are too few. And the algebra holds for the same bytes.
#include <algorithm>
#include <bit>

#include "fuzz/targets.hpp"
#include "jireloc/crc32c.hpp"
#include "support/chooser.hpp"

namespace jireloc::fuzz {
namespace {

std::vector<crc32c::FreeBytes> free_bytes(test::ByteChooser& choose, uint64_t length) {
  std::vector<crc32c::FreeBytes> free;
  uint64_t at = 0;
  for (uint64_t count = choose.below(6); count > 0 && at < length; --count) {
    const uint64_t offset = at + choose.below(length - at);
    const uint64_t size = choose.below(std::min<uint64_t>(9, length - offset + 1));
    free.push_back({offset, size});
    at = offset + size;
  }
  return free;
}

void check_solution(test::ByteChooser& choose) {
  const uint64_t length = 1 + choose.below(3000);
  const uint32_t difference = static_cast<uint32_t>(choose.bits());
  const auto free = free_bytes(choose, length);
  std::string message = choose.bytes(length);
  uint64_t total = 0;
  for (const auto& extent : free) {
    std::fill_n(message.begin() + static_cast<std::ptrdiff_t>(extent.offset), extent.size, '\0');
    total += extent.size;
  }
  const uint32_t before = crc32c::value(message);
  const auto solution = crc32c::solve(difference, length, free);
  if (!solution) {
    require(difference != 0, "a zero difference is always solved");
    // Four bytes in a row are of full rank.
    require(std::none_of(free.begin(), free.end(), [](const auto& extent) { return extent.size >= 4; }),
            "four free bytes in a row solve every difference");
    return;
  }
  require(solution->values.size() == total, "there is a value for every free byte");
  require(solution->rank <= 32 && static_cast<uint64_t>(solution->rank) <= 8 * total, "the rank is possible");
  size_t next = 0;
  for (const auto& extent : free)
    for (uint64_t k = 0; k < extent.size; ++k)
      message[extent.offset + k] = static_cast<char>(solution->values[next++]);
  require((crc32c::value(message) ^ before) == difference, "the solution makes the difference");
}

void check_algebra(std::string_view data) {
  const size_t cut = data.empty() ? 0 : static_cast<unsigned char>(data[0]) % (data.size() + 1);
  const std::string_view head = data.substr(0, cut), tail = data.substr(cut);
  const uint32_t whole = crc32c::value(data);
  require(crc32c::combine(crc32c::value(head), crc32c::value(tail), tail.size()) == whole,
          "checksums of two parts combine to that of the whole");
  for (const crc32c::Kernel kernel : crc32c::available_kernels())
    require(crc32c::extend_with(kernel, crc32c::value(head), tail.data(), tail.size()) == whole,
            "every kernel computes the same checksum");
}

}  // namespace

void solver(std::string_view data) {
  check_algebra(data);
  test::ByteChooser choose(data);
  check_solution(choose);
}

}  // namespace jireloc::fuzz
