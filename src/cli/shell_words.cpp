#include "cli/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-+=:,./@%^").find(c) != std::string_view::npos;
}

std::string escaped(const std::string& word) {
  std::string out = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte >= 0x7f)
      out += fmt::format("\\{:03o}", byte);
    else
      out += c;
  }
  return out + "'";
}

}  // namespace

std::string shell_word(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  if (printable(word) != word) return escaped(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string as_typed(const CommandLine& line, std::string_view options) {
  std::string out = fmt::format("jireloc {} {}", line.spec.name, options);
  for (const std::string& word : line.words) out += shell_word(word) + " ";
  out.pop_back();
  return out;
}

}  // namespace jireloc::cli
