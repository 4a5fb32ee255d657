#include "jireloc/reason.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <set>
#include <string>

using namespace jireloc;

TEST_CASE("each code has a spelling of its own, in small letters and hyphens, and a meaning") {
  std::set<std::string_view> names;
  REQUIRE(codes().size() > 100);
  for (const Code code : codes()) {
    const std::string_view spelling = name(code);
    CAPTURE(spelling);
    CHECK(names.insert(spelling).second);
    CHECK(std::all_of(spelling.begin(), spelling.end(), [](unsigned char c) {
      return (std::islower(c) != 0 && c < 0x80) || std::isdigit(c) != 0 || c == '-';
    }));
    CHECK(meaning(code).size() > 10);
    CHECK_FALSE(meaning(code).ends_with("."));
  }
}

TEST_CASE("what Julia has a word for keeps it, and no two codes have the same") {
  std::set<std::string_view> words;
  for (const Code code : codes())
    if (!julia_code(code).empty()) CHECK(words.insert(julia_code(code)).second);
  CHECK(words.size() == 19);
  CHECK(julia_code(Code::library_absent) == "missing ocachefile");
  CHECK(julia_code(Code::source_mtime_change).empty());
}

TEST_CASE(
    "what mends more comes later among the fixes, so that the farthest-reaching of several is the last") {
  const Fix fixes[] = {{},
                       fix::Choose{},
                       fix::TakeFileTimes{},
                       fix::MapPaths{},
                       fix::ChangeEnvironment{},
                       fix::RestoreFile{},
                       fix::CompileAgain{}};
  std::string names;
  for (size_t i = 0; i < std::size(fixes); ++i) {
    CHECK(fixes[i].index() == i);
    names += std::string(name(fixes[i])) + " ";
  }
  CHECK(names == "none choose rewrite-mtime rewrite-map environment restore-file compile-again ");
}
