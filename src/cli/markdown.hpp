// The pages of this project, taken apart: as much of Markdown as they use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jireloc::cli {

enum class Style { plain, code, strong, emphasis };

struct Span {
  Style style;
  std::string text;
};

enum class BlockKind { heading, paragraph, code, item, table };

struct Block {
  BlockKind kind;
  size_t level = 0;                            // of a heading; the depth of an item, from 0
  std::string mark;                            // of an item: "-", or its number: "1."
  std::string text;                            // Markdown still; of code: its lines
  std::vector<std::vector<std::string>> rows;  // of a table: the first has the headings
};

std::vector<Block> markdown_blocks(std::string_view page);
// Links become their text.
std::vector<Span> markdown_spans(std::string_view text);
// Without any style.
std::string markdown_plain(std::string_view text);

// The blocks below the heading `title`, up to the next one of its level.
std::vector<Block> section_of(const std::vector<Block>& blocks, std::string_view title);

}  // namespace jireloc::cli
