// Short texts that lie in the rows of a table themselves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace jireloc {

// At most Capacity bytes without a zero. A table of views is full of addresses: where the program may be
// loaded anywhere, each of its pages is written to before main, whether anybody reads the table or not. A
// table of these is read from the file when it is asked for.
template <size_t Capacity>
class InlineText {
 public:
  constexpr InlineText() = default;
  template <size_t Size>
  constexpr InlineText(
      const char (&text)[Size]) {  // NOLINT(google-explicit-constructor): rows are written with texts
    static_assert(Size <= Capacity + 1, "the text is longer than its row has room for");
    std::copy_n(text, Size - 1, bytes_);
  }
  // As long as the row lies where it lies.
  constexpr operator std::string_view() const {  // NOLINT(google-explicit-constructor)
    return {bytes_, static_cast<size_t>(std::find(bytes_, bytes_ + Capacity, '\0') - bytes_)};
  }
  constexpr bool empty() const { return bytes_[0] == '\0'; }
  friend constexpr bool operator==(const InlineText& text, std::string_view other) {
    return std::string_view(text) == other;
  }

 private:
  char bytes_[Capacity] = {};
};

}  // namespace jireloc
