#include "cli/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

void append_character(std::string& out, std::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  // DEL and the C1 controls are legal JSON, but a terminal that shows the line would obey them.
  const bool c1 = character.size() == 2 && byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  if (byte < 0x20 || byte == 0x7F || c1) {
    const unsigned code = c1 ? static_cast<unsigned char>(character[1]) : byte;
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
  } else {
    out += character;
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      append_character(out, text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::number(int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonWriter& JsonWriter::hex64(uint64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "\"{:016x}\"", value);
  return *this;
}

JsonWriter& JsonWriter::hex32(uint32_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "\"{:08x}\"", value);
  return *this;
}

JsonWriter& JsonWriter::bytes(std::string_view raw) {
  separate();
  out_ += '"';
  for (unsigned char byte : raw) fmt::format_to(std::back_inserter(out_), "{:02x}", byte);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  // Not std::to_chars, for which every start of the program would load libm.
  const std::string digits = fmt::format("{}", value);
  out_ += digits;
  // 5 would come back as an integer in many readers: a double stays one.
  if (digits.find_first_of(".e") == std::string::npos) out_ += ".0";
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::path(std::string_view name, std::string_view raw) {
  key(name).string(raw);
  if (!is_utf8(raw)) key(std::string(name) + "_hex").bytes(raw);
  return *this;
}

JsonWriter& JsonWriter::strings(std::string_view name, const std::vector<std::string>& raw) {
  key(name).begin_array();
  for (const std::string& item : raw) string(item);
  end_array();
  if (std::all_of(raw.begin(), raw.end(), is_utf8)) return *this;
  key(std::string(name) + "_hex").begin_array();
  for (const std::string& item : raw) bytes(item);
  return end_array();
}

JsonWriter& JsonWriter::real_field(std::string_view name, double value) {
  key(name).real(value);
  if (!std::isfinite(value)) key(std::string(name) + "_bits").hex64(std::bit_cast<uint64_t>(value));
  return *this;
}

void JsonItems::add(std::string_view object) {
  if (mode_ == JsonMode::none) return;
  if (mode_ == JsonMode::array) out_.write(any_ ? ",\n" : "[\n");
  any_ = true;
  out_.write(object);
  if (mode_ == JsonMode::lines) out_.write("\n");
}

void JsonItems::finish() {
  if (mode_ == JsonMode::array) out_.write(any_ ? "\n]\n" : "[]\n");
}

}  // namespace jireloc::cli
