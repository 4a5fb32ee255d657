// Columns for people.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::cli {

// Rows of cells, each column as wide as its widest cell. Cells must be printable() already.
class TextTable {
 public:
  // A heading that begins with '>' makes a column of numbers: aligned right.
  explicit TextTable(std::initializer_list<std::string_view> headings);
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  // The headings, then the rows, every line after `indent` spaces. Columns in which all cells are empty are
  // left out.
  std::string text(size_t indent = 2) const;

 private:
  std::vector<std::string> headings_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// "  Name:               value\n", as readelf aligns them.
std::string labelled(std::string_view label, std::string_view value);

// "1 image", "2 images".
std::string plural(uint64_t number, std::string_view thing);

// Bold, green, yellow and red where `on`, else the text as it is.
std::string bold(std::string_view text, bool on);
std::string green(std::string_view text, bool on);
std::string yellow(std::string_view text, bool on);
std::string red(std::string_view text, bool on);

// "2026-11-22 14:38:30.338397310 UTC", from seconds since the epoch; the number itself where it is no date.
std::string date_text(double seconds);

}  // namespace jireloc::cli
