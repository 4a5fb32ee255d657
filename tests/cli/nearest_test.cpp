#include "cli/nearest.hpp"

#include <catch2/catch.hpp>

using namespace jireloc::cli;

TEST_CASE("words are told apart by slips of letters, two swapped ones being one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("map", "mpa") == 1);
  CHECK(edit_distance("scan", "scna") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("abc", "") == 3);
}

TEST_CASE("the nearest word is named only where it is near, and the only one that begins so") {
  const std::vector<std::string_view> words = {"map", "map-from-env", "depot", "content"};
  CHECK(nearest("mpa", words) == "map");
  CHECK(nearest("map-", words) == "map-from-env");
  CHECK(nearest("cont", words) == "content");
  CHECK(nearest("depto", words) == "depot");
  CHECK(nearest("qwerty", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(did_you_mean("mpa", words) == "; did you mean 'map'?");
  CHECK(did_you_mean("zzz", words).empty());
}
