// The search for spellings of paths, below frames and boundaries.
#include "payload/search.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "jireloc/error.hpp"

using namespace jireloc;
using namespace jireloc::payload;

namespace {

std::vector<RawMatch> found(const std::string& bytes, Extent region, const std::vector<std::string>& paths) {
  const std::vector<PathPattern> patterns(paths.begin(), paths.end());
  return search(*view_bytes(bytes), region, patterns);
}

}  // namespace

TEST_CASE("A million places are listed, and one more is refused as too many") {
  std::string bytes;
  for (int k = 0; k < 1'000'000; ++k) bytes += "/ab,";
  CHECK(found(bytes, {0, bytes.size()}, {"/ab"}).size() == 1'000'000);
  bytes += "/ab,";
  try {
    found(bytes, {0, bytes.size()}, {"/ab"});
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::too_large);
    CHECK(error.message() == "more than 1000000 places name the old path");
  }
}

TEST_CASE("Only the region is searched, and what begins before or ends behind it is not there") {
  const std::string bytes = "/ab/ab//ab";
  const auto matches = found(bytes, {0, 10}, {"/ab"});
  REQUIRE(matches.size() == 3);
  CHECK(matches[0].begin == 0);
  CHECK(matches[0].path_end == 3);
  CHECK(matches[0].run_end == 4);
  CHECK(matches[1].begin == 3);
  CHECK(matches[1].run_end == 8);
  CHECK(matches[2].begin == 6);
  CHECK(matches[2].run_end == 10);
  CHECK(found(bytes, {1, 8}, {"/ab"}).size() == 1);
  CHECK(found(bytes, {1, 9}, {"/ab"}).size() == 2);
  CHECK(found(bytes, {3, 0}, {"/ab"}).empty());
}

TEST_CASE("Matches of several paths come by where they begin, the shorter of two first") {
  const auto matches = found("/a/b/a", {0, 6}, {"/a/b", "/a", "/b"});
  std::string order;
  for (const RawMatch& match : matches)
    order += std::to_string(match.pattern) + "@" + std::to_string(match.begin) + " ";
  CHECK(order == "1@0 0@0 2@2 1@4 ");
}

TEST_CASE("Many paths looked for at once are found where each of them alone is") {
  std::mt19937_64 random(4);
  const auto text = [&](size_t size, std::string_view letters) {
    std::string made(size, ' ');
    for (char& letter : made) letter = letters[random() % letters.size()];
    return made;
  };
  size_t all = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> paths;
    for (int k = 0; k < 12; ++k) {
      const std::string_view roots[] = {"/", "/", "C:\\", "\\\\"};
      const std::string path = std::string(roots[random() % 4]) + "a" + text(random() % 6, "ab/");
      paths.push_back(normalise(path, "a path"));
    }
    const std::string bytes = text(400, "aabb//\\C:");
    std::vector<std::string> together, apart;
    const auto say = [](const RawMatch& match, const std::string& path) {
      return path + " " + std::to_string(match.begin) + "-" + std::to_string(match.path_end) + "-" +
             std::to_string(match.run_end);
    };
    const Extent region{7, 380};
    for (const RawMatch& match : found(bytes, region, paths))
      together.push_back(say(match, paths[match.pattern]));
    for (const std::string& path : paths)
      for (const RawMatch& match : found(bytes, region, {path})) apart.push_back(say(match, path));
    std::sort(together.begin(), together.end());
    std::sort(apart.begin(), apart.end());
    all += together.size();
    REQUIRE(together == apart);
  }
  CHECK(all > 2000);
}
