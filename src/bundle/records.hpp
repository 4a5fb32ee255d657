// Records as JSON. Each says its members once, by each_member(use, record), for writing and for reading:
// `use` is a RecordWriter or the RecordReader's Member.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bundle/json_text.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc::bundles {

// Record, or const Record.
template <typename Type, typename Record>
concept Is = std::same_as<std::remove_const_t<Type>, Record>;

class RecordWriter {
 public:
  static constexpr bool kWrites = true;
  // Appends to `text`. `between`: behind each member but the last.
  explicit RecordWriter(std::string& text, std::string_view between = ",") : between_(between), text_(text) {}

  void schema(std::string_view schema) { text("schema", schema); }
  // Any bytes: under a name of its own where they are no UTF-8.
  void raw(std::string_view name, const std::string& bytes);
  void raws(std::string_view name, const std::vector<std::string>& values);
  void text(std::string_view name, std::string_view text) {
    begin(name);
    append_quoted(text_, text);
  }
  void texts(std::string_view name, const std::vector<std::string>& texts);
  void hexed(std::string_view name, const std::string& bytes);
  void uuid(std::string_view name, const Uuid& uuid) { text(name, uuid.text()); }
  void uuid(std::string_view name, const std::optional<Uuid>& uuid) {
    text(name, uuid ? uuid->text() : std::string());
  }
  void build_id(std::string_view name, uint64_t hi, uint64_t lo);
  template <std::unsigned_integral Number>
  void number(std::string_view name, Number number) {
    begin(name);
    text_ += fmt::format_int(number).c_str();
  }
  void numbers(std::string_view name, const std::vector<size_t>& numbers);
  void mode(std::string_view name, mode_t mode);
  void time(std::string_view name, int64_t seconds, uint32_t nanoseconds);
  // One of the values of an enumeration, by name().
  template <typename Value>
  void choice(std::string_view name_of_it, Value value, std::initializer_list<Value>) {
    text(name_of_it, name(value));
  }
  // One a line.
  template <typename Record>
  void records(std::string_view name, const std::vector<Record>& records, auto&&...) {
    begin(name);
    std::string_view before = "[\n";
    for (const Record& record : records) {
      text_ += before;
      append(text_, record);
      before = ",\n";
    }
    text_ += records.empty() ? "[]" : "]";
  }

  template <typename Record>
  static std::string text_of(const Record& record, std::string_view between = ",", size_t expected = 0) {
    std::string text;
    text.reserve(expected);
    append(text, record, between);
    return text;
  }

 private:
  template <typename Record>
  static void append(std::string& text, const Record& record, std::string_view between = ",") {
    RecordWriter writer(text, between);
    text += '{';
    each_member(writer, record);
    text += '}';
  }
  // A member's name; its value follows.
  void begin(std::string_view name);

  std::string_view between_;
  std::string& text_;
  bool is_first_ = true;
};

// Members that no record has are skipped. Throws Error (bad_value) with the offset.
class RecordReader {
 public:
  // `what`: the text, for messages.
  RecordReader(std::string_view text, std::string name, std::string what)
      : json_(text, std::move(name), std::move(what)), room_(2 * text.size()) {}

  template <typename Record>
  void read(Record& record) {
    json_.object([&](const std::string& key) {
      Member member(*this, key);
      each_member(member, record);
      if (!member.is_read_) json_.skip();
    });
  }
  // The text has one record, of a schema.
  template <typename Record>
  void read_whole(Record& record) {
    read(record);
    json_.end();
    if (!has_schema_) json_.fail("it has no schema");
  }

  [[noreturn]] void fail(const std::string& what) const { json_.fail(what); }

  // One member of a text: is given all those that a record has, and reads the one of its name.
  class Member {
   public:
    static constexpr bool kWrites = false;
    Member(RecordReader& reader, const std::string& key) : reader_(reader), json_(reader.json_), key_(key) {}

    void schema(std::string_view schema);
    void raw(std::string_view name, std::string& bytes);
    void raws(std::string_view name, std::vector<std::string>& values);
    void text(std::string_view name, std::string& text);
    void texts(std::string_view name, std::vector<std::string>& texts);
    void hexed(std::string_view name, std::string& bytes);
    void uuid(std::string_view name, Uuid& uuid);
    void uuid(std::string_view name, std::optional<Uuid>& uuid);
    void build_id(std::string_view name, uint64_t& hi, uint64_t& lo);
    template <std::unsigned_integral Number>
    void number(std::string_view name, Number& number) {
      if (is(name)) number = static_cast<Number>(number_up_to(std::numeric_limits<Number>::max()));
    }
    void numbers(std::string_view name, std::vector<size_t>& numbers);
    void mode(std::string_view name, mode_t& mode);
    void time(std::string_view name, int64_t& seconds, uint32_t& nanoseconds);
    template <typename Value>
    void choice(std::string_view name_of_it, Value& value, std::initializer_list<Value> values) {
      if (!is(name_of_it)) return;
      const std::string text = json_.string();
      for (const Value one : values)
        if (text == name(one)) return static_cast<void>(value = one);
      json_.fail(fmt::format("an unknown {}: \"{}\"", name_of_it, text));
    }
    // `accept(record)`, if there is one, looks at each before it is taken.
    template <typename Record, typename... Accept>
    void records(std::string_view name, std::vector<Record>& records, Accept&&... accept) {
      if (!is(name)) return;
      if constexpr (sizeof...(accept) != 0) reader_.make_room(records);
      json_.array([&] {
        Record record;
        reader_.read(record);
        (accept(record, *this), ...);
        records.push_back(std::move(record));
      });
    }

    [[noreturn]] void fail(const std::string& what) const { json_.fail(what); }

   private:
    friend class RecordReader;
    bool is(std::string_view name);
    bool is_raw(std::string_view name);
    std::string raw();
    std::string bytes_of(const std::string& hex) const;
    uint64_t integer(std::string_view text, int base) const;
    uint64_t number_up_to(uint64_t most);
    Uuid uuid_of(const std::string& text) const;

    RecordReader& reader_;
    JsonReader& json_;
    const std::string& key_;
    bool is_read_ = false;
  };

 private:
  // For long lists, as many as what is left of the text may hold; all of them together no more than goes with
  // the text.
  template <typename Record>
  void make_room(std::vector<Record>& records) {
    constexpr size_t kOfOneRecord = 100;  // bytes of text, or more: room that is not used costs nothing
    const size_t count = json_.left() / kOfOneRecord;
    if (count > room_ / sizeof(Record)) return;
    room_ -= count * sizeof(Record);
    records.reserve(count);
  }

  JsonReader json_;
  size_t room_;  // bytes
  bool has_schema_ = false;
};

}  // namespace jireloc::bundles
