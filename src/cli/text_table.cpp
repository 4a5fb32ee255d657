#include "cli/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t label_width = 22;

std::string escape_sequence(std::string_view text, bool on, std::string_view code) {
  if (!on) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace

TextTable::TextTable(std::initializer_list<std::string_view> headings) {
  for (std::string_view heading : headings) {
    right_.push_back(heading.starts_with('>'));
    headings_.emplace_back(right_.back() ? heading.substr(1) : heading);
  }
}

std::string TextTable::text(size_t indent) const {
  std::vector<size_t> widths(headings_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] == 0) continue;
      const size_t width = std::max(widths[i], columns(headings_[i]));
      const std::string padding(width - columns(cells[i]), ' ');
      line += right_[i] ? padding + cells[i] : cells[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add_line(headings_);
  for (const auto& row : rows_) add_line(row);
  return out;
}

std::string labelled(std::string_view label, std::string_view value) {
  return fmt::format("  {:<{}}{}\n", std::string(label) + ":", label_width, value);
}

std::string plural(uint64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string bold(std::string_view text, bool on) {
  return escape_sequence(text, on, "1");
}

std::string green(std::string_view text, bool on) {
  return escape_sequence(text, on, "32");
}

std::string yellow(std::string_view text, bool on) {
  return escape_sequence(text, on, "33");
}

std::string red(std::string_view text, bool on) {
  return escape_sequence(text, on, "31");
}

std::string date_text(double seconds) {
  constexpr double year_10000 = 253402300800.0;
  if (!(seconds >= 0 && seconds < year_10000)) return fmt::format("{}", seconds);
  const double whole = std::floor(seconds);
  // Not gmtime_r(), which reads the time zone's file first.
  const std::chrono::sys_seconds time{std::chrono::seconds(static_cast<int64_t>(whole))};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  // The difference is exact; a double has no more than some seven digits left behind today's seconds.
  const auto nanoseconds = static_cast<int64_t>((seconds - whole) * 1e9);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(), nanoseconds);
}

}  // namespace jireloc::cli
