// Tables of texts that hold no address. A table of string views holds one for each text, and each start of
// the program writes them all, page by page, whatever command it runs: it may lie anywhere in memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <type_traits>

namespace jireloc::cli {

// The rows of a table in their order, made from its bytes as they are read. Row::fields(row, visit) shows
// each field of a row to `visit`: texts without NUL, char, bool. The texts live as long as the program.
template <typename Row>
class PackedRows {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = const Row*;
    using reference = Row;

    constexpr Iterator() = default;
    constexpr Iterator(const char* at, size_t left) : at_(at), left_(left) {}
    constexpr Row operator*() const {
      const char* at = at_;
      return read(at);
    }
    constexpr Iterator& operator++() {
      read(at_);
      --left_;
      return *this;
    }
    constexpr void operator++(int) { ++*this; }
    constexpr bool operator==(const Iterator& other) const noexcept { return left_ == other.left_; }

   private:
    static constexpr Row read(const char*& at) {
      Row row{};
      Row::fields(row, [&at](auto& field) {
        if constexpr (std::is_same_v<decltype(field), std::string_view&>) {
          field = std::string_view(at);
          at += field.size() + 1;
        } else {
          field = static_cast<std::remove_reference_t<decltype(field)>>(*at++);
        }
      });
      return row;
    }

    const char* at_ = nullptr;
    size_t left_ = 0;  // rows
  };

  constexpr PackedRows() = default;
  constexpr PackedRows(const char* bytes, size_t rows) : bytes_(bytes), rows_(rows) {}
  constexpr Iterator begin() const noexcept { return {bytes_, rows_}; }
  constexpr Iterator end() const noexcept { return {nullptr, 0}; }
  constexpr bool empty() const noexcept { return rows_ == 0; }

 private:
  const char* bytes_ = nullptr;
  size_t rows_ = 0;
};

namespace packing {

template <const auto& rows>
consteval size_t size_of_rows() {
  size_t size = 0;
  for (const auto& row : rows) {
    row.fields(row, [&size](const auto& field) {
      if constexpr (std::is_same_v<decltype(field), const std::string_view&>) {
        if (field.find('\0') != std::string_view::npos) throw "a NUL would end the text";
        size += field.size() + 1;
      } else {
        ++size;
      }
    });
  }
  return size;
}

template <const auto& rows>
consteval auto bytes_of_rows() {
  std::array<char, size_of_rows<rows>()> bytes{};
  auto at = bytes.begin();
  for (const auto& row : rows) {
    row.fields(row, [&at](const auto& field) {
      if constexpr (std::is_same_v<decltype(field), const std::string_view&>)
        at = std::copy(field.begin(), field.end(), at) + 1;  // a NUL stays behind it
      else
        *at++ = static_cast<char>(field);
    });
  }
  return bytes;
}

template <const auto& rows>
constexpr auto kBytes = bytes_of_rows<rows>();

template <const auto& rows>
consteval auto packed_rows() {
  constexpr PackedRows<std::remove_cvref_t<decltype(rows[0])>> made(kBytes<rows>.data(), std::size(rows));
  static_assert(std::equal(made.begin(), made.end(), std::begin(rows)), "Row::fields leaves one out");
  return made;
}

}  // namespace packing

// Of a constexpr array of rows, which itself is in the program no more.
template <const auto& rows>
constexpr auto packed = packing::packed_rows<rows>();

}  // namespace jireloc::cli
