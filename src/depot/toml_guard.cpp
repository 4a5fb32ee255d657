#include "depot/toml_guard.hpp"

#include <fmt/format.h>

#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr size_t max_nesting = 32, max_dots = 64;

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

// Follows a text from sign to sign, as far as one must know what a sign is to the parser.
class Guard {
 public:
  Guard(std::string_view text, const std::string& name, uint64_t most_nodes)
      : text_(text), name_(name), most_nodes_(most_nodes) {}

  void look_at_all() {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    for (size_t at = text_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; at < text_.size();)
      at = look_at(at);
  }

 private:
  static bool is_in(char sign, std::string_view signs) { return signs.find(sign) != std::string_view::npos; }

  // The offset behind what begins at `at`.
  size_t look_at(size_t at) {
    const char sign = text_[at];
    require_ascii(at);
    if (sign == '"' || sign == '\'') return skip_string(text_, at);
    if (sign == '#') return std::min(text_.find('\n', at), text_.size());
    if (is_in(sign, "=,.[{") && ++nodes_ > most_nodes_)
      throw Error(ErrorKind::too_large, fmt::format("TOML of more than {} values and tables", most_nodes_),
                  name_, at, fix::Choose{Setting::limit, "toml-nodes"});
    if (is_in(sign, "=,\n")) dots_ = 0;
    if (sign == '.') ++dots_;
    if (is_in(sign, "[{"))
      open(sign);
    else if (is_in(sign, "]}"))
      open_.resize(open_.size() - !open_.empty());
    else if (sign == '=')
      is_value_ = true;
    else if (sign == ',')
      is_value_ = open_.ends_with('[');
    else if (sign == '\n' && !open_.ends_with('['))
      is_value_ = false;
    else if (is_value_ && !is_in(sign, kEndsWord))
      return skip_word(at);
    if (open_.size() > max_nesting || dots_ > max_dots)
      throw Error(ErrorKind::too_large,
                  fmt::format("TOML nested deeper than {} levels or {} dotted keys", max_nesting, max_dots),
                  name_, at);
    return at + 1;
  }

  // The brackets of a table's heading hold a key.
  void open(char sign) {
    const bool is_heading = sign == '[' && !is_value_;
    open_ += is_heading ? 'h' : sign;
    is_value_ = sign == '[' && !is_heading;
  }

  // A number or a date goes on to one of these, quotes or not, whatever it turns out to be.
  size_t skip_word(size_t at) const {
    for (; at < text_.size() && !is_in(text_[at], kEndsWord); ++at) require_ascii(at);
    return at;
  }

  void require_ascii(size_t at) const {
    if (static_cast<unsigned char>(text_[at]) >= 0x80)
      throw Error(ErrorKind::bad_value, "no TOML: a letter that is not ASCII stands outside of quotes", name_,
                  at);
  }

  static constexpr std::string_view kEndsWord = " \t\r\n]},#";

  std::string_view text_;
  const std::string& name_;
  const uint64_t most_nodes_;
  std::string open_;  // brackets: [ of an array, { of a table, h of a heading
  bool is_value_ = false;
  size_t dots_ = 0;
  uint64_t nodes_ = 0;
};

}  // namespace

void guard_toml(std::string_view text, const std::string& name, uint64_t most_nodes) {
  Guard(text, name, most_nodes).look_at_all();
}

}  // namespace jireloc
