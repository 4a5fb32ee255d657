// JSON, as far as bundles need it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace jireloc::bundles {

// With its quotes. Precondition: the text is UTF-8.
void append_quoted(std::string& out, std::string_view text);
bool is_utf8(std::string_view text);

// Reads one value after the other from a text, without making a tree of them: what a text asks for is what it
// costs. Throws Error (bad_value) with the offset.
class JsonReader {
 public:
  // `name`: of the file, `what`: the text is in it, both for messages.
  JsonReader(std::string_view text, std::string name, std::string what)
      : text_(text), name_(std::move(name)), what_(std::move(what)) {}

  // Calls read(key) for each member; it must read the value, or skip() it.
  void object(const std::function<void(const std::string& key)>& read);
  // Calls read() for each element.
  void array(const std::function<void()>& read);
  std::string string();
  uint64_t number();  // an integer, not negative
  void skip();
  // Nothing but space follows.
  void end();

  [[noreturn]] void fail(const std::string& what) const;
  size_t left() const noexcept { return text_.size() - at_; }  // bytes

 private:
  char next();
  bool takes(char c);
  void expect(char c);
  void enter();
  uint32_t escaped_unit();
  void escape(std::string& out);
  void skip_word();

  std::string_view text_;
  std::string name_, what_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace jireloc::bundles
