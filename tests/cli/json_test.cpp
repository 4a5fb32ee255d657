#include "cli/json.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"

using namespace jireloc::cli;

TEST_CASE("members and elements are separated and nested") {
  JsonWriter json;
  json.begin_object().field("a", "x").key("b").begin_array().number(1).number(-2).null();
  json.begin_object().end_object().end_array().flag("c", true).end_object();
  CHECK(json.text() == R"({"a":"x","b":[1,-2,null,{}],"c":true})");
}

TEST_CASE("strings with quotes, backslashes and control characters come back from a JSON reader") {
  const std::string text = "\"\\\n\r\t\x01\x1b\x7f\xc2\x85 Straße";
  JsonWriter json;
  json.string(text);
  CHECK(json.text().find('\x1b') == std::string::npos);
  CHECK(json.text().find('\x7f') == std::string::npos);
  CHECK(json.text().find("\xc2\x85") == std::string::npos);
  CHECK(nlohmann::json::parse(json.text()).get<std::string>() == text);
}

TEST_CASE("a path that is no UTF-8 carries its bytes in hex beside it") {
  JsonWriter json;
  json.begin_object().path("path", "a\xff\x62").path("good", "b").end_object();
  const auto read = nlohmann::json::parse(json.text());
  CHECK(read["path"] ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(read["path_hex"] == "61ff62");
  CHECK_FALSE(read.contains("good_hex"));
}

TEST_CASE("overlong forms, surrogates and cut characters are no UTF-8") {
  for (const std::string bad :
       {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"}) {
    JsonWriter json;
    json.begin_object().path("p", bad).end_object();
    CHECK(nlohmann::json::parse(json.text()).contains("p_hex"));
  }
}

TEST_CASE("doubles come back bit for bit, and stay doubles") {
  for (const double value :
       {1700000000.123456789, 1700000000.0, 0.1, -1.0, 5.0, 1e15, 1e16, 1e300, 5e-324, -0.0, 1e22, 1e-5}) {
    JsonWriter json;
    json.real(value);
    const auto read = nlohmann::json::parse(json.text());
    CHECK(read.is_number_float());
    const double back = read.get<double>();
    CHECK(std::memcmp(&back, &value, sizeof value) == 0);
  }
}

TEST_CASE("a double that is no number is null with its bits beside it") {
  JsonWriter json;
  json.begin_object()
      .real_field("m", std::numeric_limits<double>::infinity())
      .real_field("n", 1.5)
      .end_object();
  CHECK(json.text() == R"({"m":null,"m_bits":"7ff0000000000000","n":1.5})");
}

namespace {
std::string framed(JsonMode mode, std::initializer_list<const char*> objects) {
  std::FILE* file = std::tmpfile();
  Output out(fileno(file));
  JsonItems items(out, mode);
  for (const char* object : objects) items.add(object);
  items.finish();
  out.flush();
  std::rewind(file);
  char text[256];
  const size_t length = std::fread(text, 1, sizeof text, file);
  std::fclose(file);
  return {text, length};
}
}  // namespace

TEST_CASE("objects are framed as lines or as one document, also when there are none") {
  CHECK(framed(JsonMode::lines, {"{}", "{}"}) == "{}\n{}\n");
  CHECK(framed(JsonMode::lines, {}).empty());
  CHECK(framed(JsonMode::array, {"{}", "{}"}) == "[\n{},\n{}\n]\n");
  CHECK(framed(JsonMode::array, {}) == "[]\n");
}
