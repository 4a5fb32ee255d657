#include <catch2/catch.hpp>

#include "cli/text_table.hpp"

using jireloc::cli::date_text;

TEST_CASE("a date is that of UTC, to the nanosecond as far as a double has it") {
  CHECK(date_text(0) == "1970-01-01 00:00:00.000000000 UTC");
  CHECK(date_text(951782399.5) == "2000-02-28 23:59:59.500000000 UTC");
  CHECK(date_text(951782400) == "2000-02-29 00:00:00.000000000 UTC");
  CHECK(date_text(4107542400) == "2100-03-01 00:00:00.000000000 UTC");
  CHECK(date_text(253402300799) == "9999-12-31 23:59:59.000000000 UTC");
}

TEST_CASE("a time that is no date of four digits is shown as the number it is") {
  CHECK(date_text(253402300800) == "253402300800");
  CHECK(date_text(-1) == "-1");
}
