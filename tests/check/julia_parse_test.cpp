// Whether Julia's own parser throws on a damaged header: it checks little, and each version checks something
// else.
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>

#include "check/subject.hpp"
#include "jireloc/byte_source.hpp"

using namespace jireloc;

namespace {

// Damage done to one field of a header that is whole otherwise.
struct Fields {
  int32_t module_index = 1;
  std::string include = "/p/src/Leaf.jl";
  std::string require = std::string(17, '\0') + "Mid";
  std::string inner = "Inner";  // the module path below the worklist's module
  int32_t inner_size = 5;
  int64_t total_error = 0;
  int32_t targets_size = 4;
  int64_t text_length = 6;
  std::optional<int64_t> texts_at;
};

struct Header {
  std::string bytes;
  size_t lists = 0;    // where the prefix ends
  size_t targets = 0;  // where the lists end and the clone targets begin

  template <typename T>
  void put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(const std::string& text) {
    put(static_cast<int32_t>(text.size()));
    bytes += text;
  }
};

void put_prefix(Header& header, const Layout& layout) {
  header.bytes = std::string("\373jli\r\n\032\n", 8);
  header.put(layout.format);
  header.put(uint16_t{0xfeff});
  header.put(uint8_t{8});
  const auto texts = [&](std::initializer_list<const char*> list) {
    for (const char* text : list) header.bytes.append(text, std::strlen(text) + 1);
  };
  texts({"Linux", "x86_64", "1.0.0"});
  if (layout.gc_name) texts({"stock"});
  if (layout.prefix == PrefixForm::reordered) header.put(uint32_t{0});
  texts({"master", "0123456789abcdef0123456789abcdef01234567"});
  if (layout.prefix == PrefixForm::extended) header.put(uint8_t{0});
  if (layout.prefix == PrefixForm::extended) header.put(uint64_t{0xabcd});
  if (layout.prefix == PrefixForm::reordered) header.put(uint32_t{0xabcd});
  if (layout.prefix != PrefixForm::basic) header.bytes.append(16, '\0');  // positions
  header.lists = header.bytes.size();
}

void put_dependency(Header& header, const Layout& layout, const std::string& path, int32_t module_index,
                    const Fields& fields) {
  header.put_text(path);
  if (layout.content_tracking) {
    header.put(uint64_t{6});
    header.put(uint32_t{7});
  }
  header.put(1.5);
  header.put(module_index);
  if (module_index == 0) return;
  header.put(fields.inner_size);
  header.bytes += fields.inner;
  header.put(int32_t{0});
}

void put_preferences(Header& header, const Layout& layout) {
  if (layout.preferences == PreferencesForm::blob) header.put_text("[set]\n");
  if (layout.preferences != PreferencesForm::list) return;
  header.put_text("backend");
  header.put(int32_t{0});
  header.put(uint64_t{99});
}

void put_modules(Header& header, const std::string& name, int words) {
  header.put_text(name);
  header.bytes.append(static_cast<size_t>(8 * words), '\1');
  header.put(int32_t{0});
}

// A header as a Julia of that layout writes it, followed by one source text of six bytes.
Header written(const Layout& layout, const Fields& fields = {}) {
  Header header;
  put_prefix(header, layout);
  if (layout.prefix != PrefixForm::basic) header.put(uint8_t{0x22});
  if (layout.syntax_version) header.put(uint8_t{0});
  put_modules(header, "Leaf", 3);
  const size_t total_at = header.bytes.size();
  header.put(int64_t{0});
  if (!fields.include.empty()) put_dependency(header, layout, fields.include, fields.module_index, fields);
  put_dependency(header, layout, fields.require, 0, fields);
  header.put(int32_t{0});
  put_preferences(header, layout);
  const size_t texts_position_at = header.bytes.size();
  header.put(int64_t{0});
  const int64_t total = static_cast<int64_t>(header.bytes.size() - total_at - 8) + fields.total_error;
  std::memcpy(header.bytes.data() + total_at, &total, sizeof total);
  put_modules(header, "Core", layout.wide_build_ids ? 4 : 3);
  header.targets = header.bytes.size();
  if (layout.has_clone_targets()) {
    header.put(fields.targets_size);
    header.bytes += "tune";
  }
  const int64_t texts = fields.texts_at.value_or(static_cast<int64_t>(header.bytes.size()));
  std::memcpy(header.bytes.data() + texts_position_at, &texts, sizeof texts);
  header.put_text("/p/src/Leaf.jl");
  header.put(fields.text_length);
  header.bytes += "x = 1\n";
  header.put(int32_t{0});
  return header;
}

bool throws(const Layout& layout, const std::string& bytes) {
  return check::julia_throws_on_header(*view_bytes(bytes), layout);
}

// The layouts in which that damage makes Julia throw; "all" and "none" for short.
std::string thrown_in(const std::function<void(Fields&)>& damage) {
  Fields fields;
  damage(fields);
  std::string names;
  size_t count = 0;
  for (const Layout& layout : layouts()) {
    if (!throws(layout, written(layout, fields).bytes)) continue;
    names += (names.empty() ? "" : " ") + std::string(layout.name);
    ++count;
  }
  return count == 0 ? "none" : count == layouts().size() ? "all" : names;
}

}  // namespace

TEST_CASE("the parser of every version gets through the header that this version writes") {
  CHECK(thrown_in([](Fields&) {}) == "none");
}

TEST_CASE(
    "a header that is cut anywhere in its lists is thrown on, one cut in its prefix is refused before that") {
  for (const Layout& layout : layouts()) {
    const Header whole = written(layout);
    for (size_t size = 13; size < whole.targets; ++size) {
      INFO(layout.name << " cut to " << size);
      CHECK(throws(layout, whole.bytes.substr(0, size)) == (size >= whole.lists));
    }
  }
}

TEST_CASE("an entry of a module that the worklist does not have makes Julia throw") {
  CHECK(thrown_in([](Fields& f) { f.module_index = 2; }) == "all");
  CHECK(thrown_in([](Fields& f) { f.module_index = -1; }) == "all");
  CHECK(thrown_in([](Fields& f) { f.module_index = 0; }) == "none");
}

TEST_CASE("a total that is not that of the lists makes Julia throw") {
  CHECK(thrown_in([](Fields& f) { f.total_error = 1; }) == "all");
  CHECK(thrown_in([](Fields& f) { f.total_error = -1; }) == "all");
}

TEST_CASE(
    "a required package's identity that is cut short, and a list without a source file, make Julia throw") {
  CHECK(thrown_in([](Fields& f) { f.require.resize(17); }) == "none");
  CHECK(thrown_in([](Fields& f) { f.require.resize(16); }) == "all");
  CHECK(thrown_in([](Fields& f) { f.include.clear(); }) == "all");
}

TEST_CASE("the length of a module path is read as text, or skipped up to 1.5, where it may lead back") {
  CHECK(thrown_in([](Fields& f) { f.inner_size = 6; }) == "all");
  // Minus four leads back to itself: Julia up to 1.5 would read it for ever.
  CHECK(thrown_in([](Fields& f) { f.inner_size = -4; }) == "all");
  CHECK(thrown_in([](Fields& f) { f.inner_size = INT32_MIN; }) == "all");
}

TEST_CASE("clone targets that would end behind the file are got through, negative ones are not") {
  CHECK(thrown_in([](Fields& f) { f.targets_size = 1 << 30; }) == "none");
  const std::string with_targets = "V12a V12b V12c V13a V13b V14 V15";
  CHECK(thrown_in([](Fields& f) { f.targets_size = -1; }) == with_targets);
}

TEST_CASE("the source texts are walked by the parser from 1.11 on only") {
  const std::string walked = "V12b V12c V13a V13b V14 V15";
  CHECK(thrown_in([](Fields& f) { f.text_length = INT64_MIN / 2; }) == walked);
  CHECK(thrown_in([](Fields& f) { f.text_length = 7; }) == walked);  // the next length is read past the end
  CHECK(thrown_in([](Fields& f) { f.text_length = 1 << 20; }) == "none");
  CHECK(thrown_in([](Fields& f) { f.texts_at = -1; }) == walked);
  CHECK(thrown_in([](Fields& f) { f.texts_at = 0; }) == "none");
  CHECK(thrown_in([](Fields& f) { f.texts_at = 1 << 20; }) == "none");
}
