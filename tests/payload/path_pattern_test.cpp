#include "payload/path_pattern.hpp"

#include <catch2/catch.hpp>

#include "jireloc/error.hpp"

using namespace jireloc;
using namespace jireloc::payload;

namespace {

std::optional<size_t> begin_in(const std::string& path, const std::string& text) {
  const PathPattern pattern(path);
  return pattern.begin_of_match(text, text.rfind(pattern.needle()));
}

}  // namespace

TEST_CASE("A path is normalised to single separators with none at the end") {
  CHECK(normalise("/usr//share///julia//", "it") == "/usr/share/julia");
  CHECK(normalise("C:\\\\Users\\x\\.julia\\", "it") == "C:\\Users\\x\\.julia");
  CHECK(normalise("\\\\server\\share\\\\x", "it") == "\\\\server\\share\\x");
  CHECK(normalise("/a\\b", "it") == "/a\\b");  // a backslash is a name's byte there
}

TEST_CASE("A path that is relative, a root or holds a NUL is refused as usage") {
  for (const std::string& path : {std::string("julia"), std::string(), std::string("/"), std::string("///"),
                                  std::string("C:\\"), std::string("@depot/x"), std::string("/a\0b", 4)}) {
    CAPTURE(path);
    try {
      normalise(path, "the old path");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
    }
  }
}

TEST_CASE("A path is recognised in every spelling with redundant separators") {
  CHECK(begin_in("/usr/share/julia", "/usr/share/julia") == 0);
  CHECK(begin_in("/usr/share/julia", "xy/usr//share////julia/packages") == 2);
  CHECK(begin_in("/usr/share/julia", "//usr/share/julia") == 1);
  CHECK_FALSE(begin_in("/usr/share/julia", "/usr/share/x/julia"));
  CHECK_FALSE(begin_in("/usr/share/julia", "/usr/sharejulia"));
  CHECK_FALSE(begin_in("/usr/share/julia", "share/julia"));
  CHECK_FALSE(begin_in("/usr/share/julia", "usr/share/julia"));
  CHECK(begin_in("/jl", "x////jl") == 1);  // a single component owns the spare separators before it
  CHECK(begin_in("C:\\Users\\j", "C:\\Users\\j") == 0);
  CHECK(begin_in("C:\\Users\\j", "=C:\\Users\\\\j") == 1);
}

TEST_CASE("A new path is spelled in exactly the given number of bytes") {
  CHECK(spell("/usr/share/julia", 21, true, '/') == "/usr/share/julia/////");
  CHECK(spell("/usr/share/julia", 17, true, '/') == "/usr/share/julia/");
  CHECK_FALSE(spell("/usr/share/julia", 16, true, '/'));
  CHECK(spell("/usr/share/julia", 16, false, '/') == "/usr/share/julia");
  CHECK(spell("/usr/share/julia", 20, false, '/') == "/usr/share/////julia");
  CHECK(spell("/jl", 6, false, '/') == "////jl");
  CHECK_FALSE(spell("/usr/share/julia", 15, false, '/'));
  CHECK(spell("D:\\j", 6, false, '\\') == "D:\\\\\\j");
}
