#include "payload/boundaries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

// Options of compilers and linkers whose path follows without a space.
constexpr std::array<std::string_view, 13> kOptions = {
    "-I",      "-L",         "-F",        "-B",       "-R",       "-J",         "-isystem",
    "-iquote", "-idirafter", "-isysroot", "-include", "-imacros", "-iframework"};

std::string show(unsigned char byte) {
  return is_text_byte(byte) && byte < 0x80 ? fmt::format("'{}'", static_cast<char>(byte))
                                           : fmt::format("byte {:02x}", byte);
}

bool is_letter(char byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool continues_word(char byte) {
  return byte != '/' && is_name_byte(static_cast<unsigned char>(byte));
}

bool consists_of(std::string_view text, std::string_view bytes) {
  return text.find_first_not_of(bytes) == std::string_view::npos;
}

// Quotation marks, dashes, an ellipsis, blanks: characters outside of ASCII that seldom belong to a name.
// Encoded in UTF-8: U+00A0, U+00AB, U+00BB, U+2010 to U+205F, U+3000 to U+301F.
bool is_wide_punctuation(std::string_view character) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(character[at]); };
  if (character.size() == 2)
    return byte(0) == 0xC2 && (byte(1) == 0xA0 || byte(1) == 0xAB || byte(1) == 0xBB);
  if (character.size() != 3) return false;
  if (byte(0) == 0xE2) return (byte(1) == 0x80 && byte(2) >= 0x90) || (byte(1) == 0x81 && byte(2) <= 0x9F);
  return byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) <= 0x9F;
}

bool ends_in_wide_punctuation(std::string_view text) {
  return (text.size() >= 2 && is_wide_punctuation(text.substr(text.size() - 2))) ||
         (text.size() >= 3 && is_wide_punctuation(text.substr(text.size() - 3)));
}

bool begins_with_wide_punctuation(std::string_view text) {
  return is_wide_punctuation(text.substr(0, 2)) || is_wide_punctuation(text.substr(0, 3));
}

// "\e[1;32m", which colours what follows.
bool ends_in_colour(std::string_view text) {
  const size_t escape = text.rfind('\x1B');
  if (escape == std::string_view::npos || !text.ends_with('m')) return false;
  const std::string_view sequence = text.substr(escape + 1);
  return sequence.starts_with('[') && consists_of(sequence.substr(1, sequence.size() - 2), "0123456789;");
}

// The option or '@' that `word`, standing at the beginning of a word, is.
Match certainty_behind_word(std::string_view before, std::string_view word) {
  if (word == "@" || std::find(kOptions.begin(), kOptions.end(), word) != kOptions.end()) return Match::path;
  if (word.size() > 2 && word.starts_with("--") && is_letter(word[2])) return Match::path;
  if (word.size() > 1 && word[0] == '-' && is_letter(word[1])) return Match::unclear;
  if (consists_of(word, "-+@%") || ends_in_wide_punctuation(word)) return Match::unclear;
  // "\n" and the like, as they are spelled in source code.
  const std::string_view head = before.substr(0, before.size() - word.size());
  if (word.size() == 1 && is_letter(word[0]) && head.ends_with('\\')) return Match::unclear;
  return Match::other_path;
}

Match certainty_behind(std::string_view before) {
  if (before.empty() || before.ends_with("file://")) return Match::path;
  if (before.ends_with('/')) {
    // Further slashes before the path's own.
    const size_t last = before.find_last_not_of('/');
    const std::string_view rest = before.substr(0, last + 1);
    if (rest.empty() && before.size() >= kBoundaryContext) return Match::unclear;
    if (rest.ends_with(':')) return rest.ends_with("file:") ? Match::path : Match::unclear;
    return certainty_behind(rest);
  }
  if (!continues_word(before.back()) || ends_in_colour(before)) return Match::path;
  size_t begin = before.size();
  while (begin > 0 && continues_word(before[begin - 1])) --begin;
  if (begin > 0 && before[begin - 1] == '/') return Match::other_path;
  return certainty_behind_word(before, before.substr(begin));
}

Match certainty_before(std::string_view behind) {
  if (behind.empty() || behind[0] == '/' || !continues_word(behind[0])) return Match::path;
  size_t end = 0;
  while (end < behind.size() && continues_word(behind[end])) ++end;
  const std::string_view word = behind.substr(0, end);
  if (begins_with_wide_punctuation(word)) return Match::unclear;
  const bool goes_on = end < behind.size() && behind[end] == '/';
  return consists_of(word, ".-+@%") && !goes_on ? Match::unclear : Match::other_path;
}

}  // namespace

Boundary judge_begin(std::string_view before) {
  const Match certainty = certainty_behind(before);
  if (certainty == Match::path) return {};
  return {certainty, fmt::format("{} stands before it", show(static_cast<unsigned char>(before.back())))};
}

Boundary judge_end(std::string_view behind) {
  const Match certainty = certainty_before(behind);
  if (certainty == Match::path) return {};
  return {certainty, fmt::format("{} stands behind it", show(static_cast<unsigned char>(behind[0])))};
}

}  // namespace jireloc::payload
