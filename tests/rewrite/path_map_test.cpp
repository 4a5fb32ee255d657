#include "jireloc/path_map.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "jireloc/error.hpp"

using namespace jireloc;

namespace {
PathMap map_of(std::initializer_list<const char*> texts) {
  PathMap map;
  for (const char* text : texts) map.add(PathMap::parse(text));
  return map;
}
std::string mapped(const PathMap& map, std::string_view path) {
  const auto match = map.apply(path);
  return match ? match->path : "(none)";
}
}  // namespace

TEST_CASE("a prefix matches whole components only") {
  const PathMap map = map_of({"/x/julia=/new"});
  CHECK(mapped(map, "/x/julia/packages/A") == "/new/packages/A");
  CHECK(mapped(map, "/x/julia") == "/new");
  CHECK(mapped(map, "/x/julia-rc/packages") == "(none)");
  CHECK(mapped(map, "/y/x/julia/a") == "(none)");
}

TEST_CASE("the longest prefix wins whatever the order given") {
  for (const auto& map : {map_of({"/a=/1", "/a/b=/2"}), map_of({"/a/b=/2", "/a=/1"})}) {
    CHECK(mapped(map, "/a/b/c") == "/2/c");
    CHECK(mapped(map, "/a/c") == "/1/c");
  }
}

TEST_CASE("what is looked up is what trying all prefixes, the longest first, finds") {
  std::mt19937 numbers(1);
  constexpr std::string_view kParts[] = {"/a", "/b", "\\a", "b", "/", "C:", "//", "\\\\"};
  const auto path = [&] {
    std::string made;
    for (size_t n = 1 + numbers() % 5; n > 0; --n) made += kParts[numbers() % std::size(kParts)];
    return made;
  };
  size_t hits = 0;
  for (int round = 0; round < 2000; ++round) {
    PathMap map;
    for (int k = 0; k < 6; ++k) {
      try {
        map.add({path(), "/to/" + std::to_string(k)});
      } catch (const Error&) {  // mapped already
      }
    }
    const auto all = map.mappings();
    const std::string asked = path();
    const auto first = std::find_if(all.begin(), all.end(), [&](const PathMapping& mapping) {
      return is_path_prefix(mapping.from, asked);
    });
    const auto match = map.apply(asked);
    REQUIRE(match.has_value() == (first != all.end()));
    if (match) REQUIRE(*match->mapping == *first);
    if (match) ++hits;
  }
  CHECK(hits > 300);
  CHECK(hits < 1900);
}

TEST_CASE("replacement is one pass: a mapped path is not mapped again") {
  const PathMap map = map_of({"/a=/b", "/b=/a"});
  CHECK(mapped(map, "/a/x") == "/b/x");
  CHECK(mapped(map, "/b/x") == "/a/x");
}

TEST_CASE("a map is split at the first equals sign that is not escaped") {
  CHECK(PathMap::parse("/a=/b=c") == PathMapping{"/a", "/b=c"});
  CHECK(PathMap::parse(R"(/a\=1=/b)") == PathMapping{"/a=1", "/b"});
  CHECK_THROWS_AS(PathMap::parse("/a"), Error);
  CHECK_THROWS_AS(PathMap::parse("=/b"), Error);
  CHECK_THROWS_AS(PathMap::parse("/a="), Error);
}

TEST_CASE("trailing slashes do not count, and the root can be mapped from and to") {
  CHECK(mapped(map_of({"/a/=/b//"}), "/a/x") == "/b/x");
  CHECK(mapped(map_of({"/=/root"}), "/a/x") == "/root/a/x");
  CHECK(mapped(map_of({"/a=/"}), "/a/x") == "/x");
  CHECK(mapped(map_of({"/a=/"}), "/a") == "/");
}

TEST_CASE("the root is above no share of Windows, nor above a drive") {
  PathMap map;
  map.add({"/", "/new"});
  CHECK(map.apply("/a")->path == "/new/a");
  for (const char* path : {"\\\\server\\share", "\\\\", "C:\\a"}) CHECK_FALSE(map.apply(path).has_value());
  PathMap last;
  last.add_fallback({{"", "/new"}});
  CHECK_FALSE(last.apply("\\\\server\\share").has_value());
}

TEST_CASE("repeated slashes and dots in a map are spellings of nothing") {
  CHECK(mapped(map_of({"//a/./b//c/.=/x//./y"}), "/a/b/c/d") == "/x/y/d");
  CHECK(mapped(map_of({"/a=/.b/..c"}), "/a/d") == "/.b/..c/d");
}

TEST_CASE("a path that lies below a NEW inside of OLD is left alone, so that a second run changes nothing") {
  const PathMap map = map_of({"/a=/a/sub"});
  CHECK(mapped(map, "/a/x") == "/a/sub/x");
  CHECK(mapped(map, "/a/sub/x") == "(none)");
  CHECK(mapped(map, "/a/sub") == "(none)");
  CHECK(mapped(map, "/a/subway") == "/a/sub/subway");
  CHECK(mapped(map_of({"/=/root"}), "/root/a") == "(none)");
}

TEST_CASE("backslashes separate in Windows paths and nowhere else") {
  CHECK(mapped(map_of({R"(C:\Users\u\.julia=D:\julia)"}), R"(C:\Users\u\.julia\packages\A)") ==
        R"(D:\julia\packages\A)");
  CHECK(mapped(map_of({R"(C:\Users\u=D:\u)"}), R"(C:\Users\u2\x)") == "(none)");
  CHECK(mapped(map_of({"/a=/b"}), R"(/a\b)") == "(none)");
}

TEST_CASE("a letter and a colon make no path of Windows: it is spelled as others are") {
  CHECK(mapped(map_of({"d:x//y/=/b"}), "d:x/y/f.jl") == "/b/f.jl");
  CHECK(mapped(map_of({"C:/=D:/"}), R"(C:\a\f.jl)") == R"(D:\a\f.jl)");
}

TEST_CASE("BUILD_PATH_PREFIX_MAP is NEW=OLD, escaped by percent signs, the rightmost first") {
  PathMap map;
  map.add_fallback(PathMap::parse_build_path_prefix_map("/one=/a:/two=/a/b:/three=/a::/e%+%.%#=/c%+"));
  CHECK(mapped(map, "/a/b/x") == "/three/b/x");
  CHECK(mapped(map, "/c=/x") == "/e=:%/x");
  map.add(PathMap::parse("/a=/first"));
  CHECK(mapped(map, "/a/b/x") == "/first/b/x");
  CHECK_THROWS_AS(PathMap::parse_build_path_prefix_map("/a"), Error);
  CHECK_THROWS_AS(PathMap::parse_build_path_prefix_map("/a=/b=/c"), Error);
  CHECK_THROWS_AS(PathMap::parse_build_path_prefix_map("/a%x=/b"), Error);
}

TEST_CASE("mapping one prefix to two places is a contradiction") {
  PathMap map = map_of({"/a=/b"});
  map.add({"/a/", "/b"});
  CHECK_THROWS_AS(map.add({"/a", "/c"}), Error);
}

TEST_CASE("a map in the other direction undoes the map") {
  const PathMap map = map_of({"/home/u/.julia=/usr/share/julia", "/home/u/dev=/usr/share/julia/dev"});
  const PathMap back = map_of({"/usr/share/julia=/home/u/.julia", "/usr/share/julia/dev=/home/u/dev"});
  for (const char* path : {"/home/u/.julia/packages/A/b.jl", "/home/u/dev/A/b.jl"})
    CHECK(mapped(back, mapped(map, path)) == path);
}

TEST_CASE("a folder is above what is spelled below it with a separator of its system") {
  CHECK(is_path_prefix("/a", "/a/b"));
  CHECK(is_path_prefix("", "/a"));
  CHECK_FALSE(is_path_prefix("/a", "/ab"));
  CHECK_FALSE(is_path_prefix("/a", "/a\\b"));
  CHECK(is_path_prefix("C:\\a", "C:\\a\\b"));
  CHECK(is_path_prefix("C:", "C:\\a"));
  CHECK_FALSE(is_path_prefix("C:", "C:a\\b"));
}
