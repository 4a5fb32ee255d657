#include "cli/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/printable.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t kNarrowest = 20, kLowest = 10, kWidest = 1000;

size_t number_of(const char* variable, size_t least) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return 0;
  const std::string_view digits(text);
  size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  return is_number && value >= least ? std::min(value, kWidest) : 0;
}

// Without colours ("\x1b[...m") and links ("\x1b]...\x1b\\").
std::string without_colours(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b')
      plain += text[i];
    else if (text.substr(i).starts_with("\x1b]"))
      i = std::min(text.find("\x1b\\", i), text.size() - 1) + 1;
    else
      i = std::min(text.find('m', i), text.size());
  }
  return plain;
}

}  // namespace

Screen screen() {
  Screen screen;
  screen.is_terminal = ::isatty(1) == 1;
  if (!screen.is_terminal) return screen;
  struct winsize size {};
  const bool known = ::ioctl(1, TIOCGWINSZ, &size) == 0;
  if (known && size.ws_col >= kNarrowest) screen.width = size.ws_col;
  if (known && size.ws_row >= kLowest) screen.height = size.ws_row;
  if (const size_t width = number_of("COLUMNS", kNarrowest)) screen.width = width;
  if (const size_t height = number_of("LINES", kLowest)) screen.height = height;
  return screen;
}

std::string wrapped(std::string line, std::string_view text, size_t indent, size_t width) {
  std::string out;
  bool empty = true;
  for (const std::string_view word : paths::split(text, ' ')) {
    if (!empty && columns(without_colours(line)) + 1 + columns(without_colours(word)) > width) {
      out += line + '\n';
      line.assign(indent, ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return out + line + '\n';
}

std::string paragraph(std::string_view text, size_t indent, const Screen& screen) {
  std::string begin(indent, ' ');
  return screen.is_terminal ? wrapped(std::move(begin), text, indent + 2, screen.width)
                            : begin.append(text).append("\n");
}

size_t lines_taken(std::string_view text, const Screen& screen) {
  size_t lines = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const size_t width = columns(without_colours(text.substr(0, end)));
    lines += width == 0 ? 1 : (width + screen.width - 1) / screen.width;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace jireloc::cli
