// Machine-readable output: one writer of JSON, and the framing of many objects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::cli {

class Output;

// Writes one JSON value piece by piece. Commas and quotes are its business; balance is the caller's.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  // Text. Bytes that are no UTF-8 become U+FFFD; where they matter use path() or bytes().
  JsonWriter& string(std::string_view text);
  // Counts, sizes and positions: exact for readers that hold numbers as doubles up to 2^53.
  JsonWriter& number(int64_t value);
  // Identities and checksums: 16 and 8 hex digits in a string.
  JsonWriter& hex64(uint64_t value);
  JsonWriter& hex32(uint32_t value);
  // Any bytes as hex digits in a string.
  JsonWriter& bytes(std::string_view raw);
  // The shortest digits that give back the same double; null for NaN and infinities.
  JsonWriter& real(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  // "name": text, and where the bytes are no UTF-8 also "name_hex": the bytes in hex.
  JsonWriter& path(std::string_view name, std::string_view raw);
  // The same for a list: "name": [text…], and where any is no UTF-8 also "name_hex": [hex…].
  JsonWriter& strings(std::string_view name, const std::vector<std::string>& raw);
  // "name": number, and where it is none also "name_bits": the double's bits in hex.
  JsonWriter& real_field(std::string_view name, double value);
  // Members of an object in one call.
  JsonWriter& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& count(std::string_view name, uint64_t value) {
    return key(name).number(static_cast<int64_t>(value));
  }
  JsonWriter& flag(std::string_view name, bool value) { return key(name).boolean(value); }

  const std::string& text() const noexcept { return out_; }
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  std::string out_;
  bool need_comma_ = false;
};

// none: text for people; lines: one object a line; array: one document.
enum class JsonMode { none, lines, array };

// Frames the objects of a run. finish() must be called once, also when there were none.
class JsonItems {
 public:
  JsonItems(Output& out, JsonMode mode) : out_(out), mode_(mode) {}
  void add(std::string_view object);
  void finish();

 private:
  Output& out_;
  JsonMode mode_;
  bool any_ = false;
};

}  // namespace jireloc::cli
