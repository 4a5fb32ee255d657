#include <catch2/catch.hpp>
#include <set>

#include "jireloc/cache_file.hpp"
#include "support/corpus.hpp"

using namespace jireloc;

TEST_CASE("the clone targets of every real image name a processor and disjoint sets of features") {
  const std::set<std::string> known_names{"generic", "rocketlake", "x86-64-v2", "znver5"};
  int decoded = 0;
  for (const test::CorpusImage& image : test::corpus_images()) {
    const auto source = open_file(image.ji);
    const CacheFile file = read_cache_file(*source);
    CAPTURE(image.ji);
    const std::vector<CloneTarget> targets = decode_clone_targets(file.clone_targets);
    CHECK(targets.empty() == !file.is_split());
    for (const CloneTarget& target : targets) {
      CHECK(known_names.contains(target.name));
      CHECK(target.base.has_value() == file.prefix.version.starts_with("1.14"));
      REQUIRE(target.features_enabled.size() == target.features_disabled.size());
      uint32_t enabled = 0, both = 0;
      for (size_t i = 0; i < target.features_enabled.size(); ++i) {
        enabled |= target.features_enabled[i];
        both |= target.features_enabled[i] & target.features_disabled[i];
      }
      CHECK(enabled != 0);
      CHECK(both == 0);
      ++decoded;
    }
  }
  CHECK(decoded >= 20);
}

TEST_CASE("bytes that are no clone targets are refused") {
  const std::string one_target_cut("\1\0\0\0\0\0\0\0\1\0\0\0", 12);
  CHECK_THROWS_AS(decode_clone_targets(one_target_cut), Error);
  const std::string negative_count("\xff\xff\xff\xff", 4);
  CHECK_THROWS_AS(decode_clone_targets(negative_count), Error);
  const std::string bytes_behind("\0\0\0\0\0", 5);
  CHECK_THROWS_AS(decode_clone_targets(bytes_behind), Error);
}
