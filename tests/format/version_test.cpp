#include <catch2/catch.hpp>

#include "format/select.hpp"
#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"

using namespace jireloc;

namespace {
std::string names(uint16_t format, std::string_view version) {
  std::string joined;
  for (const Layout* layout : format::candidates(format, version)) joined += std::string(layout->name) + " ";
  return joined;
}
}  // namespace

TEST_CASE("Julia versions sort as Julia sorts them") {
  const char* ordered[] = {"1.9.0-DEV",    "1.9.0-DEV.12", "1.9.0-alpha1", "1.9.0-beta2",
                           "1.9.0-rc2",    "1.9.0-rc10",   "1.9.0",        "1.9.4",
                           "1.10.0-beta1", "1.10.0",       "2.0.0"};
  for (size_t i = 0; i + 1 < std::size(ordered); ++i) {
    INFO(ordered[i] << " < " << ordered[i + 1]);
    CHECK(JuliaVersion::parse(ordered[i]) < JuliaVersion::parse(ordered[i + 1]));
  }
  CHECK(JuliaVersion::parse("1.10") == JuliaVersion::parse("1.10.0"));
  CHECK(JuliaVersion::parse("1.10.0+build") == JuliaVersion::parse("1.10.0"));
  CHECK(JuliaVersion::parse("1.10.0-rc1+build") == JuliaVersion::parse("1.10.0-rc1"));
}

TEST_CASE("a text that is no version is refused") {
  for (const char* text : {"", "x", "1.x", "-1.0", "1..2", "1.2.3.4", "1.2.3x", "99999999999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(JuliaVersion::parse(text), Error);
    CHECK_FALSE(JuliaVersion::find(text));
  }
}

TEST_CASE("an error about a long version shows its first forty bytes") {
  const std::string digits(50, '9');
  CHECK_THROWS_WITH(JuliaVersion::parse(digits), "not a Julia version: \"" + digits.substr(0, 40) + "\"");
  const std::string behind = "1.2.3." + digits;
  CHECK_THROWS_WITH(JuliaVersion::parse(behind), "not a Julia version: \"" + behind.substr(0, 40) + "\"");
}

TEST_CASE("a released version has one layout, a development build those of its number") {
  CHECK(names(6, "1.0.0") == "V6 ");
  CHECK(names(7, "1.1.1") == "V7 ");
  CHECK(names(10, "1.4.2") == "V10 ");
  CHECK(names(11, "1.5.3") == "V11a ");
  CHECK(names(11, "1.6.0-beta1") == "V11b ");
  CHECK(names(11, "1.9.0-alpha1") == "V11b ");
  CHECK(names(11, "1.6.0-DEV") == "V11a V11b ");
  CHECK(names(12, "1.9.0-alpha1") == "");
  CHECK(names(12, "1.9.0-beta1") == "V12a ");
  CHECK(names(12, "1.10.11") == "V12a ");
  CHECK(names(12, "1.11.0-alpha1") == "V12b ");
  CHECK(names(12, "1.12.7") == "V12b ");
  CHECK(names(12, "1.13.0-beta2") == "V12b ");
  CHECK(names(12, "1.13.0-beta3") == "V12a V12b V12c ");
  CHECK(names(12, "1.13.0-rc1") == "V12c ");
  CHECK(names(12, "1.13.2") == "V12c ");
  CHECK(names(12, "1.11.0-DEV") == "V12a V12b V12c ");
  CHECK(names(13, "1.14.0-DEV") == "V13a V13b ");
  CHECK(names(15, "1.14.0-DEV") == "V15 ");
  CHECK(names(static_cast<uint16_t>(layouts().back().format + 1), "9.0.0") == "");
}
