#include "cli/byte_map_picture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.hpp"
#include "cli/xml_text.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t kMostAlike = 24, kMostRows = 200;
constexpr double kRowHeight = 20, kEdge = 16, kNameEnd = 400, kOffsetEnd = 500, kSizeEnd = 600, kBars = 616,
                 kBarsWidth = 480, kLeastBar = 3;
constexpr size_t kNameColumns = 46;

constexpr std::string_view kMapStyle =
    "text{font:13px ui-monospace,monospace;fill:#1a1c1f}text.h{font-weight:700}text.d{fill:#565d66}"
    "text.n{text-anchor:end}.back{fill:#fff}.track{fill:#eef0f2}.bar{stroke:none}"
    ".header{fill:#0b57d0}.file-names{fill:#b26a00}.source{fill:#2e7d32}.payload{fill:#6a1b9a}"
    ".code{fill:#00838f}.debug-info{fill:#8d6e63}.padding{fill:#9aa0a6}.checksum{fill:#c62828}"
    ".unknown{fill:#424242}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e8ea}text.d{fill:#a3abb4}.back{fill:#16181b}"
    ".track{fill:#262a2f}.header{fill:#8ab4f8}.file-names{fill:#ffb95c}.source{fill:#7fd18a}"
    ".payload{fill:#ce93d8}.code{fill:#4dd0e1}.debug-info{fill:#bcaaa4}.padding{fill:#6b7178}"
    ".checksum{fill:#ff8a80}.unknown{fill:#bdbdbd}}";

// "1,234,567"
std::string grouped(uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

// Its end, which tells names of files apart.
std::string shortened(std::string text) {
  if (columns(text) <= kNameColumns) return text;
  size_t begin = 0;
  while (begin < text.size() && columns(std::string_view(text).substr(begin)) >= kNameColumns)
    begin += std::max<size_t>(utf8_length(std::string_view(text).substr(begin)), 1);
  return "…" + text.substr(begin);
}

void join(BytePart& part, const BytePart& next) {
  part.extent.size += next.extent.size;
}

class MapPicture {
 public:
  // `all`: bytes in the file.
  void file(const std::string& path, std::vector<BytePart> parts) {
    const uint64_t all = parts.empty() ? 0 : parts.back().extent.end();
    heading(fmt::format("{}: {} bytes", printable(path), grouped(all)));
    parts = parts_to_draw(std::move(parts));
    const auto count = static_cast<double>(parts.size());
    const double least = std::min(kLeastBar, kBarsWidth / 2 / count);
    double x = kBars;
    rows_ += fmt::format("<g role=\"list\" aria-label=\"{}\">\n", xml_text(printable(path)));
    for (const BytePart& part : parts) {
      const double of_all = static_cast<double>(part.extent.size) / static_cast<double>(all);
      const double width = least + (kBarsWidth - least * count) * of_all;
      row(part, of_all, x, width);
      x += width;
    }
    rows_ += "</g>\n";
    y_ += kRowHeight / 2;
  }
  void note(const std::string& text) { line("d", text); }

  std::string take(const std::string& path) const {
    constexpr double kWidth = kBars + kBarsWidth + kEdge;
    const double height = y_ + kEdge;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"0 0 {:.0f} "
        "{:.0f}\" role=\"group\" aria-labelledby=\"title\">\n<title id=\"title\">Where the bytes of {} "
        "lie</title>\n<style>{}</style>\n<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
        kWidth, height, kWidth, height, xml_text(printable(path)), kMapStyle, rows_);
  }

 private:
  void line(std::string_view style, const std::string& text) {
    rows_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, kEdge, y_ + 14,
                         xml_text(text));
    y_ += kRowHeight;
  }

  void heading(const std::string& text) {
    line("h", text);
    rows_ += fmt::format(
        "<g aria-hidden=\"true\"><text class=\"d\" x=\"{}\" y=\"{}\">part</text><text class=\"d n\" x=\"{}\" "
        "y=\"{}\">begins at</text><text class=\"d n\" x=\"{}\" y=\"{}\">bytes</text></g>\n",
        kEdge, y_ + 14, kOffsetEnd, y_ + 14, kSizeEnd, y_ + 14);
    y_ += kRowHeight;
  }

  void row(const BytePart& part, double of_all, double x, double width) {
    const std::string shown = printable(part.name);
    const double text_y = y_ + 14;
    rows_ += fmt::format(
        "<g role=\"listitem\"><title>{}: {} bytes from {} on, {:.2f} % ({})</title>"
        "<text x=\"{}\" y=\"{}\">{}</text><text class=\"n\" x=\"{}\" y=\"{}\">{}</text>"
        "<text class=\"n\" x=\"{}\" y=\"{}\">{}</text>"
        "<rect class=\"track\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>"
        "<rect class=\"bar {}\" x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\"/></g>\n",
        xml_text(shown), grouped(part.extent.size), part.extent.offset, 100 * of_all, name(part.kind), kEdge,
        text_y, xml_text(shortened(shown)), kOffsetEnd, text_y, grouped(part.extent.offset), kSizeEnd, text_y,
        grouped(part.extent.size), kBars, y_ + 2, kBarsWidth, kRowHeight - 4, name(part.kind), x, y_ + 2,
        width, kRowHeight - 4);
    y_ += kRowHeight;
  }

  std::string rows_;
  double y_ = kEdge;
};

}  // namespace

std::vector<BytePart> parts_to_draw(std::vector<BytePart> parts) {
  std::vector<BytePart> drawn;
  size_t alike = 0, joined = 0;
  for (BytePart& part : parts) {
    alike = !drawn.empty() && drawn.back().kind == part.kind ? alike + 1 : 1;
    const bool is_full = drawn.size() == kMostRows;
    if (alike <= kMostAlike && !is_full) {
      joined = 0;
      drawn.push_back(std::move(part));
      continue;
    }
    if (is_full) drawn.back().kind = PartKind::unknown;
    join(drawn.back(), part);
    drawn.back().name = fmt::format("{} more", ++joined + 1);
  }
  return drawn;
}

std::string byte_map_svg(const ByteMap& map, const std::string& image, const std::string& library) {
  MapPicture picture;
  picture.file(image, map.image);
  if (!map.library.empty()) picture.file(library, map.library);
  for (const std::string& note : map.notes) picture.note("Not taken apart: " + printable(note));
  return picture.take(image);
}

}  // namespace jireloc::cli
