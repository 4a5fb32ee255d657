#include "jireloc/uuid.hpp"

#include <catch2/catch.hpp>

using jireloc::Uuid;

TEST_CASE("a UUID read from text in either case is written back in lower case") {
  const auto uuid = Uuid::parse("7876AF07-990d-54B4-ab0e-23690620f79A");
  REQUIRE(uuid);
  CHECK(uuid->hi == 0x7876af07990d54b4);
  CHECK(uuid->lo == 0xab0e23690620f79a);
  CHECK(uuid->text() == "7876af07-990d-54b4-ab0e-23690620f79a");
}

TEST_CASE("text that is no UUID is refused") {
  for (const char* text : {"", "7876af07-990d-54b4-ab0e-23690620f79", "7876af07-990d-54b4-ab0e-23690620f79aa",
                           "7876af07x990d-54b4-ab0e-23690620f79a", "7876af07-990d-54b4-ab0e-23690620f79g",
                           "7876af079990d-54b4-ab0e-23690620f79-"}) {
    INFO(text);
    CHECK_FALSE(Uuid::parse(text));
  }
}

TEST_CASE("the number bytes of a UUID are its textual bytes in reverse") {
  const Uuid uuid{0x0102030405060708, 0x090a0b0c0d0e0f10};
  CHECK(uuid.number_bytes() == "\x10\x0f\x0e\x0d\x0c\x0b\x0a\x09\x08\x07\x06\x05\x04\x03\x02\x01");
}

TEST_CASE("only the all-zero UUID is nil") {
  CHECK(Uuid{}.is_nil());
  CHECK_FALSE(Uuid{0, 1}.is_nil());
  CHECK_FALSE(Uuid{1, 0}.is_nil());
}

TEST_CASE("hexadecimal numbers keep their leading zeros") {
  CHECK(jireloc::hex64(0xabc) == "0000000000000abc");
  CHECK(jireloc::hex64(0xfafbfcfd01020304) == "fafbfcfd01020304");
  CHECK(jireloc::hex32(0x1f) == "0000001f");
}
