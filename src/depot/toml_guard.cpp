#include "depot/toml_guard.hpp"

#include <fmt/format.h>

#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr int max_nesting = 32;
constexpr int max_dots = 64;

// The offset behind the string that begins at `at` (a quote), or the end of the text.
size_t skip_string(std::string_view text, size_t at) {
  const char quote = text[at];
  const bool multi_line = text.substr(at).starts_with(std::string(3, quote));
  const size_t width = multi_line ? 3 : 1;
  for (size_t i = at + width; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == '\n' && !multi_line) {
      return i;  // malformed; the parser will say so
    } else if (text[i] == quote && (!multi_line || text.substr(i).starts_with(std::string(3, quote)))) {
      i += width;
      // Up to two more quotes may belong to a multi-line string's end.
      while (multi_line && i < text.size() && text[i] == quote) ++i;
      return i;
    }
  }
  return text.size();
}

}  // namespace

void guard_toml(std::string_view text, const std::string& name, uint64_t most_nodes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  int nesting = 0, dots = 0;
  uint64_t nodes = 0;
  for (size_t i = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      throw Error(ErrorKind::bad_value, "no TOML: a letter that is not ASCII stands outside of quotes", name,
                  i);
    }
    nodes += std::string_view("=,.[{").find(text[i]) != std::string_view::npos;
    switch (text[i]) {
      case '"':
      case '\'':
        i = skip_string(text, i);
        continue;
      case '#':
        i = std::min(text.find('\n', i), text.size());
        continue;
      case '[':
      case '{':
        ++nesting;
        break;
      case ']':
      case '}':
        nesting -= nesting > 0 ? 1 : 0;
        break;
      case '.':
        ++dots;
        break;
      case '=':
      case ',':
      case '\n':
        dots = 0;
        break;
      default:
        break;
    }
    if (nodes > most_nodes)
      throw Error(ErrorKind::too_large, fmt::format("TOML of more than {} values and tables", most_nodes),
                  name, i, fix::Choose{Setting::limit, "toml-nodes"});
    if (nesting > max_nesting || dots > max_dots) {
      throw Error(ErrorKind::too_large,
                  fmt::format("TOML nested deeper than {} levels or {} dotted keys", max_nesting, max_dots),
                  name, i);
    }
    ++i;
  }
}

}  // namespace jireloc
