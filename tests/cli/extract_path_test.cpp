#include <catch2/catch.hpp>

#include "cli/extract.hpp"
#include "jireloc/error.hpp"

using namespace jireloc;
using namespace jireloc::cli;
using Components = std::vector<std::string>;

TEST_CASE("roots, drives, servers and @depot become folder names") {
  CHECK(extraction_path("/home/u/a.jl", false) == Components{"root", "home", "u", "a.jl"});
  CHECK(extraction_path("@depot/packages/a.jl", false) == Components{"depot", "packages", "a.jl"});
  CHECK(extraction_path("@depot\\packages\\a.jl", true) == Components{"depot", "packages", "a.jl"});
  CHECK(extraction_path("C:\\Users\\a.jl", true) == Components{"drive-C", "Users", "a.jl"});
  CHECK(extraction_path("\\\\server\\share\\a.jl", true) == Components{"unc", "server", "share", "a.jl"});
  CHECK(extraction_path("a.jl", false) == Components{"relative", "a.jl"});
}

TEST_CASE("a backslash separates in images of Windows alone") {
  CHECK(extraction_path("/a\\b.jl", false) == Components{"root", "a\\b.jl"});
  CHECK(extraction_path("C:/a\\b.jl", false) == Components{"relative", "C:", "a\\b.jl"});
}

TEST_CASE("empty components and single dots are left out") {
  CHECK(extraction_path("//home/.//./a.jl", false) == Components{"root", "home", "a.jl"});
}

TEST_CASE("names that climb, hold NUL or come to nothing are refused") {
  const std::vector<std::string_view> refused = {
      "/a/../b.jl", "..", "@depot/..", "/..", std::string_view("/a\0b", 4), "/", "", "@depot", "/./."};
  for (const std::string_view name : refused) {
    CAPTURE(name);
    CHECK_THROWS_AS(extraction_path(name, false), Error);
  }
  CHECK_THROWS_AS(extraction_path("C:\\..\\a.jl", true), Error);
  CHECK(extraction_path("/..a/...", false) == Components{"root", "..a", "..."});
}
