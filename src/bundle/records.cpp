#include "bundle/records.hpp"

#include <charconv>
#include <iterator>

#include "jireloc/paths.hpp"

namespace jireloc::bundles {
namespace {

void append_hex(std::string& out, std::string_view raw) {
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
}

constexpr std::string_view kHex = "_hex";

}  // namespace

void RecordWriter::begin(std::string_view name) {
  if (!is_first_) text_ += between_;
  is_first_ = false;
  ((text_ += '"') += name) += "\":";
}

void RecordWriter::raw(std::string_view name, const std::string& bytes) {
  if (is_utf8(bytes)) return text(name, bytes);
  hexed(fmt::format("{}{}", name, kHex), bytes);
}

void RecordWriter::raws(std::string_view name, const std::vector<std::string>& values) {
  std::vector<std::string> plain, others;
  for (const std::string& value : values)
    is_utf8(value) ? plain.push_back(value) : append_hex(others.emplace_back(), value);
  texts(name, plain);
  if (!others.empty()) texts(fmt::format("{}{}", name, kHex), others);
}

void RecordWriter::texts(std::string_view name, const std::vector<std::string>& texts) {
  begin(name);
  text_ += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) text_ += ',';
    append_quoted(text_, texts[i]);
  }
  text_ += ']';
}

void RecordWriter::hexed(std::string_view name, const std::string& bytes) {
  begin(name);
  text_ += '"';
  append_hex(text_, bytes);
  text_ += '"';
}

void RecordWriter::build_id(std::string_view name, uint64_t hi, uint64_t lo) {
  text(name, hex64(hi) + hex64(lo));
}

void RecordWriter::numbers(std::string_view name, const std::vector<size_t>& numbers) {
  begin(name);
  fmt::format_to(std::back_inserter(text_), "[{}]", fmt::join(numbers, ","));
}

void RecordWriter::mode(std::string_view name, mode_t mode) {
  begin(name);
  text_ += '"';
  for (int shift = 9; shift >= 0; shift -= 3) text_ += static_cast<char>('0' + (mode >> shift & 7));
  text_ += '"';
}

void RecordWriter::time(std::string_view name, int64_t seconds, uint32_t nanoseconds) {
  begin(name);
  char digits[] = "000000000";
  for (size_t i = sizeof digits - 1; i-- > 0; nanoseconds /= 10)
    digits[i] = static_cast<char>('0' + nanoseconds % 10);
  ((((text_ += '"') += fmt::format_int(seconds).c_str()) += '.') += digits) += '"';
}

bool RecordReader::Member::is(std::string_view name) {
  return key_ == name && (is_read_ = true);
}

bool RecordReader::Member::is_raw(std::string_view name) {
  const bool is_hex =
      key_.size() == name.size() + kHex.size() && key_.starts_with(name) && key_.ends_with(kHex);
  return is(name) || (is_hex && (is_read_ = true));
}

std::string RecordReader::Member::raw() {
  std::string text = json_.string();
  return key_.ends_with(kHex) ? bytes_of(text) : text;
}

std::string RecordReader::Member::bytes_of(const std::string& hex) const {
  if (hex.size() % 2 != 0) json_.fail("half of a byte");
  std::string bytes;
  for (size_t at = 0; at < hex.size(); at += 2)
    bytes += static_cast<char>(integer(std::string_view(hex).substr(at, 2), 16));
  return bytes;
}

uint64_t RecordReader::Member::integer(std::string_view text, int base) const {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) json_.fail("not a number where one belongs");
  return value;
}

uint64_t RecordReader::Member::number_up_to(uint64_t most) {
  const uint64_t value = json_.number();
  if (value > most) json_.fail("a number is too large");
  return value;
}

Uuid RecordReader::Member::uuid_of(const std::string& text) const {
  const auto value = Uuid::parse(text);
  if (!value) json_.fail("not a UUID");
  return *value;
}

void RecordReader::Member::schema(std::string_view schema) {
  if (!is("schema")) return;
  if (json_.string() != schema) json_.fail(fmt::format("its schema is not {}", schema));
  reader_.has_schema_ = true;
}

void RecordReader::Member::raw(std::string_view name, std::string& bytes) {
  if (is_raw(name)) bytes = raw();
}

void RecordReader::Member::raws(std::string_view name, std::vector<std::string>& values) {
  if (is_raw(name)) json_.array([&] { values.push_back(raw()); });
}

void RecordReader::Member::text(std::string_view name, std::string& text) {
  if (is(name)) text = json_.string();
}

void RecordReader::Member::texts(std::string_view name, std::vector<std::string>& texts) {
  if (is(name)) json_.array([&] { texts.push_back(json_.string()); });
}

void RecordReader::Member::hexed(std::string_view name, std::string& bytes) {
  if (is(name)) bytes = bytes_of(json_.string());
}

void RecordReader::Member::uuid(std::string_view name, Uuid& uuid) {
  if (is(name)) uuid = uuid_of(json_.string());
}

void RecordReader::Member::uuid(std::string_view name, std::optional<Uuid>& uuid) {
  if (!is(name)) return;
  if (const std::string text = json_.string(); !text.empty()) uuid = uuid_of(text);
}

void RecordReader::Member::build_id(std::string_view name, uint64_t& hi, uint64_t& lo) {
  if (!is(name)) return;
  const std::string text = json_.string();
  if (text.size() != 32) json_.fail("a build id has 32 hex digits");
  hi = integer(std::string_view(text).substr(0, 16), 16);
  lo = integer(std::string_view(text).substr(16), 16);
}

void RecordReader::Member::numbers(std::string_view name, std::vector<size_t>& numbers) {
  if (is(name)) json_.array([&] { numbers.push_back(static_cast<size_t>(json_.number())); });
}

void RecordReader::Member::mode(std::string_view name, mode_t& mode) {
  if (!is(name)) return;
  const uint64_t bits = integer(json_.string(), 8);
  if (bits > 0777) json_.fail("a mode has more than permission bits");
  mode = static_cast<mode_t>(bits);
}

void RecordReader::Member::time(std::string_view name, int64_t& seconds, uint32_t& nanoseconds) {
  if (!is(name)) return;
  const std::string text = json_.string();
  const size_t point = text.find('.');
  if (point == std::string::npos || text.size() - point != 10)
    json_.fail("a time has nine digits behind a point");
  const bool is_negative = text[0] == '-';
  const uint64_t value = integer(std::string_view(text).substr(is_negative, point - is_negative), 10);
  if (value > uint64_t{1} << 60) json_.fail("a time is too large");
  seconds = is_negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  nanoseconds = static_cast<uint32_t>(integer(std::string_view(text).substr(point + 1), 10));
}

}  // namespace jireloc::bundles
