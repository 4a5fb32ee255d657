#include "cli/markdown.hpp"

#include <algorithm>
#include <cctype>

namespace jireloc::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// "-" or "12." at the start of `line`, where a space follows; else empty.
std::string_view item_mark(std::string_view line) {
  size_t end = line.starts_with('-') ? 1 : 0;
  if (end == 0) {
    while (end < line.size() && std::isdigit(static_cast<unsigned char>(line[end])) != 0) ++end;
    if (end == 0 || end >= line.size() || line[end] != '.') return {};
    ++end;
  }
  return end < line.size() && line[end] == ' ' ? line.substr(0, end) : std::string_view();
}

// A bar in code is written "\|", as in all tables of Markdown.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  line = trimmed(line);
  line.remove_prefix(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cells.back() += line[++i];
    } else if (line[i] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  cells.pop_back();  // behind the last bar
  for (std::string& cell : cells) cell = std::string(trimmed(cell));
  return cells;
}

bool is_rule(std::string_view line) {
  return line.find_first_not_of("|-: ") == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string_view page) : rest_(page) {}

  std::vector<Block> blocks() {
    while (!rest_.empty()) take(next_line());
    return std::move(blocks_);
  }

 private:
  std::string_view next_line() {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }

  void take(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (text.empty()) {
      open_ = false;
    } else if (text.starts_with("```")) {
      fence(indent_of(line));
    } else if (line.starts_with('#')) {
      const size_t level = std::min(line.find_first_not_of('#'), line.size());
      add({BlockKind::heading, level, {}, std::string(trimmed(line.substr(level))), {}}, false);
    } else if (text.starts_with('|')) {
      table_row(text);
    } else if (const std::string_view mark = item_mark(text); !mark.empty()) {
      add({BlockKind::item,
           indent_of(line) / 2,
           std::string(mark),
           std::string(trimmed(text.substr(mark.size()))),
           {}},
          true);
    } else if (indent_of(line) >= 4 && !open_) {
      code_line(line.substr(4));
    } else {
      prose(text);
    }
  }

  void add(Block block, bool open) {
    blocks_.push_back(std::move(block));
    open_ = open;
  }

  void fence(size_t indent) {
    Block code{BlockKind::code, 0, {}, {}, {}};
    while (!rest_.empty()) {
      std::string_view line = next_line();
      line.remove_prefix(std::min(indent, indent_of(line)));
      if (line.starts_with("```")) break;
      code.text += std::string(line) + "\n";
    }
    add(std::move(code), false);
  }

  // Lines that are indented belong together, also over an empty one.
  void code_line(std::string_view line) {
    if (blocks_.empty() || blocks_.back().kind != BlockKind::code || !in_code_)
      add({BlockKind::code, 0, {}, {}, {}}, false);
    blocks_.back().text += std::string(line) + "\n";
    in_code_ = true;
    if (rest_.starts_with('\n') || !rest_.starts_with("    ")) in_code_ = false;
  }

  void table_row(std::string_view line) {
    if (blocks_.empty() || blocks_.back().kind != BlockKind::table)
      add({BlockKind::table, 0, {}, {}, {}}, false);
    if (!is_rule(line)) blocks_.back().rows.push_back(cells_of(line));
  }

  void prose(std::string_view text) {
    if (open_) {
      blocks_.back().text += " " + std::string(text);
    } else {
      add({BlockKind::paragraph, 0, {}, std::string(text), {}}, true);
    }
  }

  std::string_view rest_;
  std::vector<Block> blocks_;
  bool open_ = false;     // the next line of prose goes on with the last block
  bool in_code_ = false;  // the next indented line goes on with it
};

// Where what begins at `at` with `mark` ends; npos where it does not.
size_t closing(std::string_view text, size_t at, std::string_view mark) {
  const size_t end = text.find(mark, at + mark.size());
  return end == at + mark.size() ? std::string_view::npos : end;
}

// "[text](target)" at the start: how long it is, and how long its text; 0 where it is none.
std::pair<size_t, size_t> link_at(std::string_view text) {
  const size_t middle = text.find("](");
  if (!text.starts_with('[') || middle == std::string_view::npos) return {0, 0};
  const size_t end = text.find(')', middle);
  return end == std::string_view::npos ? std::pair<size_t, size_t>{0, 0}
                                       : std::pair<size_t, size_t>{end + 1, middle - 1};
}

class SpanReader {
 public:
  explicit SpanReader(std::string_view text) : text_(text) {}

  std::vector<Span> spans() {
    for (size_t at = 0; at < text_.size();) at += taken(at);
    return std::move(spans_);
  }

 private:
  void add(Style style, std::string_view text) {
    if (spans_.empty() || spans_.back().style != style) spans_.push_back({style, {}});
    spans_.back().text += text;
  }

  // How much was read from there.
  size_t taken(size_t at) {
    constexpr std::pair<std::string_view, Style> marks[] = {
        {"`", Style::code}, {"**", Style::strong}, {"*", Style::emphasis}};
    for (const auto& [mark, style] : marks) {
      if (text_.substr(at, mark.size()) != mark) continue;
      const size_t end = closing(text_, at, mark);
      if (end == std::string_view::npos || (style != Style::code && text_[at + mark.size()] == ' ')) continue;
      add(style, text_.substr(at + mark.size(), end - at - mark.size()));
      return end + mark.size() - at;
    }
    const auto [length, shown] = link_at(text_.substr(at));
    if (length == 0) return add(Style::plain, text_.substr(at, 1)), 1;
    for (const Span& span : markdown_spans(text_.substr(at + 1, shown))) add(span.style, span.text);
    return length;
  }

  std::string_view text_;
  std::vector<Span> spans_;
};

}  // namespace

std::vector<Block> markdown_blocks(std::string_view page) {
  return Parser(page).blocks();
}

std::vector<Span> markdown_spans(std::string_view text) {
  return SpanReader(text).spans();
}

std::string markdown_plain(std::string_view text) {
  std::string plain;
  for (const Span& span : markdown_spans(text)) plain += span.text;
  return plain;
}

std::vector<Block> section_of(const std::vector<Block>& blocks, std::string_view title) {
  const auto begin = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) {
    return block.kind == BlockKind::heading && block.text == title;
  });
  if (begin == blocks.end()) return {};
  const auto end = std::find_if(begin + 1, blocks.end(), [&](const Block& block) {
    return block.kind == BlockKind::heading && block.level <= begin->level;
  });
  return {begin + 1, end};
}

}  // namespace jireloc::cli
