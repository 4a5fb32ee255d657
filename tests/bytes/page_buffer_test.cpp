#include "bytes/page_buffer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>

using jireloc::bytes::PageBuffer;

TEST_CASE("a page buffer is zero at first, and all of it can be written") {
  for (const size_t size : {size_t{1}, size_t{2} << 20, (size_t{2} << 20) + 1}) {
    const PageBuffer buffer(size);
    CHECK(std::all_of(buffer.get(), buffer.get() + size, [](char c) { return c == 0; }));
    std::fill_n(buffer.get(), size, 'x');
    CHECK(buffer.get()[size - 1] == 'x');
    CHECK(reinterpret_cast<uintptr_t>(buffer.get()) % (2 << 20) == 0);
  }
}
