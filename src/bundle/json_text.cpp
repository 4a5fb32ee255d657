#include "bundle/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jireloc/error.hpp"

namespace jireloc::bundles {
namespace {

constexpr int kDeepest = 16;

// The length of the sequence of UTF-8 at the start of a text; 0: there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool is_wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_wrong ? 0 : length;
}

void append_utf8(std::string& out, uint32_t code) {
  const auto add = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xE0 | code >> 12);
    } else {
      add(0xF0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3F));
    }
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

// In a text that is written. What is no ASCII is not.
bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

// ASCII that stands for itself in a text that is read.
bool stands_for_itself(char c) {
  return static_cast<unsigned char>(c) < 0x80 && (c == 0x7F || !needs_escape(c));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain =
        static_cast<size_t>(std::find_if(text.begin(), text.end(), needs_escape) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text[0] == '"' || text[0] == '\\')
      (out += '\\') += text[0];
    else
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[0]));
    text.remove_prefix(1);
  }
  out += '"';
}

void JsonReader::fail(const std::string& what) const {
  throw Error(ErrorKind::bad_value, what_ + ": " + what, name_, at_);
}

char JsonReader::next() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  if (at_ == text_.size()) fail("it ends early");
  return text_[at_];
}

bool JsonReader::takes(char c) {
  if (next() != c) return false;
  ++at_;
  return true;
}

void JsonReader::expect(char c) {
  if (!takes(c)) fail(fmt::format("'{}' is missing", c));
}

void JsonReader::enter() {
  if (++depth_ > kDeepest) fail(fmt::format("nested deeper than {}", kDeepest));
}

void JsonReader::object(const std::function<void(const std::string&)>& read) {
  expect('{');
  enter();
  for (bool first = true; !takes('}'); first = false) {
    if (!first) expect(',');
    const std::string key = string();
    expect(':');
    read(key);
  }
  --depth_;
}

void JsonReader::array(const std::function<void()>& read) {
  expect('[');
  enter();
  for (bool first = true; !takes(']'); first = false) {
    if (!first) expect(',');
    read();
  }
  --depth_;
}

std::string JsonReader::string() {
  expect('"');
  std::string out;
  for (;;) {
    if (at_ == text_.size()) fail("a text does not end");
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a text");
    if (c == '"') break;
    if (c == '\\') {
      escape(out);
      continue;
    }
    const size_t begin = at_;
    while (at_ < text_.size() && stands_for_itself(text_[at_])) ++at_;
    if (at_ == begin) {
      const size_t length = utf8_length(text_.substr(at_));
      if (length == 0) fail("a text is not UTF-8");
      at_ += length;
    }
    out.append(text_.substr(begin, at_ - begin));
  }
  ++at_;
  return out;
}

uint32_t JsonReader::escaped_unit() {
  uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = at_ < text_.size() ? hex_digit(text_[at_]) : -1;
    if (digit < 0) fail("a \\u needs four hex digits");
    unit = unit << 4 | static_cast<uint32_t>(digit);
    ++at_;
  }
  return unit;
}

void JsonReader::escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
  if (++at_ == text_.size()) fail("a text does not end");
  const char c = text_[at_++];
  if (const size_t known = kNames.find(c); known != std::string_view::npos) {
    out += kMeant[known];
    return;
  }
  if (c != 'u') fail("an unknown escape");
  uint32_t code = escaped_unit();
  if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    const uint32_t low = escaped_unit();
    if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (code >= 0xD800 && code <= 0xDFFF) fail("half of a surrogate pair");
  append_utf8(out, code);
}

uint64_t JsonReader::number() {
  if (next() < '0' || text_[at_] > '9') fail("a number is missing");
  uint64_t value = 0;
  for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    const auto digit = static_cast<uint64_t>(text_[at_] - '0');
    if (value > (INT64_MAX - digit) / 10) fail("a number is too large");
    value = value * 10 + digit;
  }
  return value;
}

void JsonReader::skip_word() {
  const size_t begin = at_;
  while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
    ++at_;
  if (at_ == begin) fail("a value is missing");
}

void JsonReader::skip() {
  switch (next()) {
    case '{':
      return object([this](const std::string&) { skip(); });
    case '[':
      return array([this] { skip(); });
    case '"':
      static_cast<void>(string());
      return;
    default:
      skip_word();
  }
}

void JsonReader::end() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  if (at_ != text_.size()) fail("something follows it");
}

}  // namespace jireloc::bundles
