#include "cli/topics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/embedded.hpp"
#include "cli/manual.hpp"
#include "cli/markdown.hpp"
#include "cli/printable.hpp"
#include "cli/screen.hpp"

namespace jireloc::cli {
namespace {

constexpr Topic all_topics[] = {
    {"payload", "paths in compiled code, and what is done with them", "src/payload/README.md", {}},
    {"farm",
     "the step after each test of a test farm; sandboxes, containers, clusters",
     "tools/examples/README.md",
     {}},
    {"json", "what the commands print with --json, key by key", "src/cli/README.md", "JSON"},
    {"exit-status", "what the exit statuses say", "README.md", "Exit statuses"},
};

std::vector<Block> blocks_of(const Topic& topic) {
  std::vector<Block> blocks = markdown_blocks(embedded(topic.page));
  if (!topic.section.empty()) return section_of(blocks, topic.section);
  blocks.erase(blocks.begin());  // its title
  return blocks;
}

std::string title_of(const Topic& topic) {
  return topic.section.empty() ? markdown_blocks(embedded(topic.page)).front().text
                               : std::string(topic.section);
}

// The cells of a row behind the first, each but in tables of two columns with its heading.
std::string rest_of_row(const Block& block, const std::vector<std::string>& row) {
  std::string text;
  for (size_t i = 1; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    const std::string& heading = i < block.rows[0].size() ? block.rows[0][i] : "";
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ",
                        row.size() > 2 && !heading.empty() ? heading + ": " : "", row[i]);
  }
  return text;
}

// In wide tables of values, rather than keys, its heading tells what the first cell is.
std::string first_of_row(const Block& block, const std::vector<std::string>& row) {
  const std::string& heading = block.rows[0][0];
  return row.size() > 2 && heading != "key" ? heading + ": " + row[0] : row[0];
}

// ---- text

std::string indented(std::string_view lines, size_t indent) {
  std::string out;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    if (end != 0) out.append(indent, ' ').append(lines.substr(0, end));
    out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

std::string table_text(const Block& block, size_t width) {
  std::string out;
  for (size_t i = 1; i < block.rows.size(); ++i) {
    out += wrapped("  ", markdown_plain(first_of_row(block, block.rows[i])), 2, width);
    out += wrapped(std::string(6, ' '), markdown_plain(rest_of_row(block, block.rows[i])), 6, width);
  }
  return out;
}

std::string block_text(const Block& block, size_t width) {
  switch (block.kind) {
    case BlockKind::heading:
      return markdown_plain(block.text) + "\n";
    case BlockKind::paragraph:
      return wrapped("", markdown_plain(block.text), 0, width);
    case BlockKind::code:
      return indented(block.text, 4);
    case BlockKind::item:
      return wrapped(std::string(2 * block.level + 2, ' ') + block.mark + " ", markdown_plain(block.text),
                     2 * block.level + block.mark.size() + 3, width);
    case BlockKind::table:
      return table_text(block, width);
  }
  return "";
}

// ---- roff

std::string roff_spans(std::string_view text) {
  std::string out;
  for (const Span& span : markdown_spans(text)) {
    const std::string inner = roff(span.text);
    if (span.style == Style::plain) {
      out += inner;
    } else {
      out += (span.style == Style::emphasis ? "\\fI" : "\\fB") + inner + "\\fR";
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out + "\n";
}

std::string roff_code(std::string_view lines) {
  std::string out = ".PP\n.RS 4\n.nf\n";
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    out += roff(lines.substr(0, end)) + '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out + ".fi\n.RE\n";
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string roff_table(const Block& block) {
  std::string out;
  for (size_t i = 1; i < block.rows.size(); ++i)
    out += ".TP\n" + roff_spans(first_of_row(block, block.rows[i])) +
           roff_spans(rest_of_row(block, block.rows[i]));
  return out;
}

std::string roff_block(const Block& block) {
  switch (block.kind) {
    case BlockKind::heading:
      return block.level < 3 ? ".SH " + upper(roff_spans(markdown_plain(block.text)))
                             : ".SS " + roff_spans(markdown_plain(block.text));
    case BlockKind::paragraph:
      return ".PP\n" + roff_spans(block.text);
    case BlockKind::code:
      return roff_code(block.text);
    case BlockKind::item:
      return fmt::format(".IP {} {}\n{}", block.mark == "-" ? "\\(bu" : block.mark, block.mark.size() + 1,
                         roff_spans(block.text));
    case BlockKind::table:
      return roff_table(block);
  }
  return "";
}

}  // namespace

std::span<const Topic> topics() noexcept {
  return all_topics;
}

const Topic* find_topic(std::string_view name) noexcept {
  const auto found = std::find_if(std::begin(all_topics), std::end(all_topics),
                                  [&](const Topic& topic) { return topic.name == name; });
  return found == std::end(all_topics) ? nullptr : &*found;
}

std::string topic_text(const Topic& topic, size_t width) {
  std::string out = markdown_plain(title_of(topic)) + "\n";
  BlockKind before = BlockKind::heading;
  for (const Block& block : blocks_of(topic)) {
    if (block.kind != BlockKind::item || before != BlockKind::item) out += '\n';
    out += block_text(block, width);
    before = block.kind;
  }
  return out;
}

std::string topic_manual(const Topic& topic) {
  std::string out = fmt::format(
      ".TH JIRELOC\\-{} 7 \"\" \"jireloc {}\" \"jireloc\"\n.SH NAME\njireloc\\-{} \\- {}\n.SH DESCRIPTION\n",
      upper(roff(topic.name)), JIRELOC_VERSION, roff(topic.name), roff(topic.summary));
  for (const Block& block : blocks_of(topic)) out += roff_block(block);
  return out + ".SH SEE ALSO\n\\fBjireloc\\fR(1)\n";
}

}  // namespace jireloc::cli
