// How much fits on the screen that standard output is, and texts made to fit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jireloc::cli {

struct Screen {
  bool is_terminal = false;
  size_t width = 80, height = 40;  // columns and lines; what a page should have where it is no terminal
};

// Of standard output: as the terminal says; COLUMNS and LINES, where they are numbers, come before that.
Screen screen();

// `begin` and `text`, broken between words into lines of `width` columns (colours left out of account); those
// after the first are indented. A word that is wider is never broken. A newline at the end.
std::string wrapped(std::string begin, std::string_view text, size_t indent, size_t width);

// `text` with `indent` spaces before each line, and a newline at the end. On a terminal wrapped
// where it is wider; lines after the first have two spaces more.
std::string paragraph(std::string_view text, size_t indent, const Screen& screen);

// How many lines of the screen a text takes, colours left out of account.
size_t lines_taken(std::string_view text, const Screen& screen);

}  // namespace jireloc::cli
