// Draws src/format/layouts.svg: the fields of a cache file from the first to the last, and what each layout
// makes of them, taken from the rows of layouts(). `layout-picture >src/format/layouts.svg` after a row was
// added.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "jireloc/layout.hpp"

namespace {

using jireloc::Layout;
using jireloc::PreferencesForm;
using jireloc::PrefixForm;

constexpr int kLeft = 196, kColumn = 74, kRow = 22, kTop = 64, kBottom = 30;

struct Field {
  const char* name;
  std::string (*form)(const Layout& layout);  // empty: the layout has no such field
};

std::string if_has(bool has, const char* form) {
  return has ? form : "";
}

std::string preferences_of(const Layout& layout) {
  if (layout.preferences == PreferencesForm::blob) return "TOML";
  return if_has(layout.preferences == PreferencesForm::list, "names, hash");
}

std::string checksum_of(const Layout& layout) {
  if (layout.prefix == PrefixForm::basic) return {};
  return layout.prefix == PrefixForm::extended ? "u64" : "u32";
}

std::string padding_of(const Layout& layout) {
  if (!layout.has_aligned_payload()) return {};
  return layout.wide_alignment != layout.alignment ? "to 64, 128" : "to 64";
}

std::string payload_of(const Layout& layout) {
  if (!layout.has_clone_targets()) return "here";
  return layout.payload_always_here ? "here" : "or in library";
}

constexpr Field kFields[] = {
    {"magic, format, byte order, pointer", [](const Layout&) -> std::string { return "12 bytes"; }},
    {"system, machine, Julia's version", [](const Layout&) -> std::string { return "3 texts"; }},
    {"garbage collector", [](const Layout& l) { return if_has(l.gc_name, "text"); }},
    {"image flags", [](const Layout& l) { return if_has(l.prefix == PrefixForm::reordered, "u32"); }},
    {"branch, commit", [](const Layout&) -> std::string { return "2 texts"; }},
    {"with native code?", [](const Layout& l) { return if_has(l.prefix == PrefixForm::extended, "u8"); }},
    {"checksum, part of the build id", checksum_of},
    {"payload's begin and end", [](const Layout& l) { return if_has(l.has_aligned_payload(), "2 u64"); }},
    {"cache flags", [](const Layout& l) { return if_has(l.prefix != PrefixForm::basic, "u8"); }},
    {"syntax version", [](const Layout& l) { return if_has(l.syntax_version, "u8"); }},
    {"modules provided", [](const Layout&) -> std::string { return "list"; }},
    {"files and packages, with times", [](const Layout&) -> std::string { return "list"; }},
    {"their sizes and hashes", [](const Layout& l) { return if_has(l.content_tracking, "u64, u32"); }},
    {"preferences", preferences_of},
    {"position of the source texts", [](const Layout&) -> std::string { return "u64"; }},
    {"modules required, build ids of",
     [](const Layout& l) -> std::string { return l.wide_build_ids ? "128 bits" : "64 bits"; }},
    {"processors it was compiled for",
     [](const Layout& l) { return if_has(l.has_clone_targets(), "bytes"); }},
    {"padding", padding_of},
    {"payload: the code", payload_of},
    {"source texts", [](const Layout&) -> std::string { return "list"; }},
    {"checksum of the library", [](const Layout& l) { return if_has(l.trailer_size() == 8, "u32"); }},
    {"checksum of the file", [](const Layout&) -> std::string { return "u32"; }},
};

void text(int x, int y, const char* anchor, std::string_view said) {
  fmt::print("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, said);
}

// Dark where the field came, or came to have another form, with this layout.
void draw_cell(const Field& field, int row, int column) {
  const auto layouts = jireloc::layouts();
  const std::string form = field.form(layouts[static_cast<size_t>(column)]);
  const bool is_new = column > 0 && form != field.form(layouts[static_cast<size_t>(column) - 1]);
  const int x = kLeft + column * kColumn, y = kTop + row * kRow;
  const char* color = form.empty() ? (is_new ? "#f2c9c3" : "#f6f6f6") : is_new ? "#8fc7a1" : "#d9e8f5";
  fmt::print("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", x + 1, y + 1, kColumn - 2,
             kRow - 2, color);
  if (!form.empty()) text(x + kColumn / 2, y + 15, "middle", form);
}

}  // namespace

int main() {
  const auto layouts = jireloc::layouts();
  const int columns = static_cast<int>(layouts.size()), rows = static_cast<int>(std::size(kFields));
  const int width = kLeft + columns * kColumn + 8, height = kTop + rows * kRow + kBottom;
  fmt::print(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      width, height);
  text(kLeft - 8, 32, "end", "format");
  text(kLeft - 8, 50, "end", "layout");
  for (int column = 0; column < columns; ++column) {
    const Layout& layout = layouts[static_cast<size_t>(column)];
    const int middle = kLeft + column * kColumn + kColumn / 2;
    text(middle, 32, "middle", fmt::format("{}", layout.format));
    text(middle, 50, "middle", layout.name);
  }
  for (int row = 0; row < rows; ++row) {
    text(kLeft - 8, kTop + row * kRow + 15, "end", kFields[row].name);
    for (int column = 0; column < columns; ++column) draw_cell(kFields[row], row, column);
  }
  text(kLeft, height - 10, "start",
       "green: new, or of another form; red: gone. Texts end with a NUL or have a length before them.");
  fmt::print("</svg>\n");
  return std::fflush(stdout) == 0 ? 0 : 1;
}
