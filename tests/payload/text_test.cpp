// Which bytes belong to a text or to a name: every one of the 256.
#include "payload/text.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace jireloc::payload;

namespace {

bool is_one_of(const std::string& bytes, int byte) {
  return bytes.find(static_cast<char>(byte)) != std::string::npos;
}

}  // namespace

TEST_CASE("A byte belongs to a text unless it is a control byte that texts do not hold") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const bool control = byte <= 31 || byte == 127;
    CHECK(is_text_byte(static_cast<unsigned char>(byte)) == (!control || is_one_of("\t\n\r", byte)));
  }
}

TEST_CASE("A byte makes another name of the path beside it if names usually hold it") {
  const std::string usual =
      "0123456789"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "abcdefghijklmnopqrstuvwxyz"
      "._-~+@%/";
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    CHECK(is_name_byte(static_cast<unsigned char>(byte)) == (byte >= 128 || is_one_of(usual, byte)));
  }
}
