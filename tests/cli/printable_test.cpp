#include "cli/printable.hpp"

#include <catch2/catch.hpp>

#include "cli/output.hpp"

using namespace jireloc::cli;

TEST_CASE("printable names hold nothing that acts on a terminal") {
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(printable("\x1b[2J\x07\x7f") == "\\x1b[2J\\x07\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");                       // C1 control sequence introducer
  CHECK(printable("a\xe2\x80\xaeij.b") == "a\\xe2\\x80\\xaeij.b");  // right-to-left override
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable(std::string_view("\0x", 2)) == "\\x00x");
}

TEST_CASE("printable names keep readable characters and double backslashes") {
  CHECK(printable("Straße/日本/🙂") == "Straße/日本/🙂");
  CHECK(printable("C:\\x41") == "C:\\\\x41");
}

TEST_CASE("file contents keep lines, tabs and backslashes") {
  CHECK(printable_text("a\n\tb\\n\x1b\r") == "a\n\tb\\n\\x1b\\x0d");
}

TEST_CASE("columns counts what characters take on a terminal, not bytes") {
  CHECK(columns("aß日🙂") == 6);
  CHECK(columns("gro\xcc\x88\xc3\x9f"
                "e") == 5);  // an o with an accent of its own
}

TEST_CASE("diagnostics name the file, the offset and the reason on one line") {
  const jireloc::Error error(jireloc::ErrorKind::bad_length, "a length\nis wrong", "a\x1b.ji", 12);
  CHECK(error_line(error) == "jireloc: a\\x1b.ji: offset 12: a length\\nis wrong\n");
}
