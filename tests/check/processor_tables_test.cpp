// The tables of processor features and names against themselves, and against what real Julias recorded.
#include "check/processor_tables.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "jireloc/processor.hpp"
#include "support/corpus.hpp"

using namespace jireloc;
using namespace jireloc::check;

namespace {

const ProcessorTable* const tables[] = {&x86_eleven_words, &x86_twelve_words, &x86_generated,
                                        &aarch64_three_words, &aarch64_generated};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    found.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

Prefix writer_of(std::string_view architecture, std::string_view version) {
  Prefix prefix;
  prefix.arch = architecture;
  prefix.version = version;
  return prefix;
}

template <typename Use>
void each_target_of_the_corpus(Use use) {
  for (const test::CorpusImage& image : test::corpus_images()) {
    const auto source = open_file(image.ji);
    const CacheFile file = read_cache_file(*source);
    CAPTURE(image.ji);
    for (const CloneTarget& target : decode_clone_targets(file.clone_targets)) use(file.prefix, target);
  }
}

}  // namespace

TEST_CASE("every feature that a table of processors names has a number of its own within its words") {
  for (const ProcessorTable* table : tables) {
    CAPTURE(table->source);
    std::set<std::string_view> names;
    std::set<int> numbers;
    for (const FeatureRow& feature : table->features) {
      CAPTURE(feature.name);
      CHECK(names.insert(feature.name).second);
      CHECK(numbers.insert(feature.word * 32 + feature.bit).second);
      CHECK((feature.word < table->words && feature.bit < 32));
    }
    for (const std::span<const NeedRow> rows : {table->needs, table->brings}) {
      for (const NeedRow& row : rows) {
        CAPTURE(row.feature, row.needed);
        CHECK((names.contains(row.feature) && names.contains(row.needed)));
      }
    }
    for (const std::string_view list : {table->never_used, table->not_compared})
      for (const std::string_view name : words(list)) CHECK((names.contains(name) || name == "rtm"));
    for (const VectorRow& row : table->vectors) CHECK(names.contains(row.feature));
  }
}

TEST_CASE("every processor of a table is known features upon another, and once in each version") {
  const JuliaVersion versions[] = {JuliaVersion::parse("1.9.4"),  JuliaVersion::parse("1.10.8"),
                                   JuliaVersion::parse("1.11.2"), JuliaVersion::parse("1.12.5"),
                                   JuliaVersion::parse("1.13.0"), JuliaVersion::parse("1.14.0-DEV")};
  for (const ProcessorTable* table : tables) {
    for (const JuliaVersion& version : versions) {
      if (!table->versions.contains(version)) continue;
      std::set<std::string_view> names;
      for (const CpuRow& row : table->cpus) {
        if (!row.versions.contains(version)) continue;
        CAPTURE(table->source, row.name);
        CHECK(names.insert(row.name).second);
        const auto features = cpu_features(*table, row.name, version);
        REQUIRE(features);
        for (const std::string_view name : words(row.more)) {
          // What LLVM dropped before 1.12 is left out of the newer table.
          const auto feature = find_feature(*table, name);
          CHECK((feature && has(*features, *feature)));
        }
        if (!row.like.empty()) CHECK(names.contains(row.like));
      }
      for (const AliasRow& alias : table->aliases) CHECK(names.contains(alias.to));
    }
  }
}

TEST_CASE("what Julia calls a processor of the 2000s and one of today differs as it should") {
  const JuliaVersion version = JuliaVersion::parse("1.12.5");
  const auto core2 = *cpu_features(x86_twelve_words, "core2", version);
  const auto znver5 = *cpu_features(x86_twelve_words, "znver5", version);
  const auto avx512f = *find_feature(x86_twelve_words, "avx512f"),
             ssse3 = *find_feature(x86_twelve_words, "ssse3");
  CHECK((has(core2, ssse3) && !has(core2, avx512f) && has(znver5, ssse3) && has(znver5, avx512f)));
  CHECK_FALSE(cpu_features(x86_eleven_words, "znver5", JuliaVersion::parse("1.11.2")));
  CHECK_FALSE(cpu_features(x86_eleven_words, "znver4", JuliaVersion::parse("1.10.8")));
  CHECK(cpu_features(x86_eleven_words, "znver4", JuliaVersion::parse("1.11.2")));
}

TEST_CASE("a target of a real image has all features of its table but those that its LLVM lacks") {
  int complete = 0;
  each_target_of_the_corpus([&](const Prefix& writer, const CloneTarget& target) {
    const ProcessorTable* table = processor_table(writer, target);
    if (writer.version == "1.14.0-DEV" && target.features_enabled.size() == 6) {
      CHECK(table == nullptr);  // April's master, whose Julia was built with tables of another LLVM
      return;
    }
    REQUIRE(table != nullptr);
    FeatureWords recorded = target.features_enabled;
    add(recorded, target.features_disabled);
    for (const FeatureRow& feature : table->features) {
      CAPTURE(feature.name);
      const bool known_later =
          writer.version == "1.9.4" && (feature.name == "uintr" || feature.name == "avx512fp16");
      const bool without_llvm = feature.name == "pconfig" || feature.name == "wbnoinvd" ||
                                feature.name == "hreset" || feature.name == "mmx";
      CHECK((has(recorded, feature) || known_later || without_llvm));
    }
    remove(recorded, all_features(*table));
    CHECK(std::ranges::all_of(recorded, [](uint32_t word) { return word == 0; }));
    ++complete;
  });
  CHECK(complete >= 20);
}

TEST_CASE("targets of real images are named feature by feature") {
  int named = 0;
  each_target_of_the_corpus([&](const Prefix& writer, const CloneTarget& target) {
    const FeatureNames names = feature_names(writer, target);
    if (names.source.empty()) {
      CHECK(contains(names.enabled, "0:0"));
      return;
    }
    for (const std::string& name : names.enabled) CHECK(name.find(':') == std::string::npos);
    CHECK((contains(names.enabled, "sse4.2") && contains(names.disabled, "rdrnd")));
    CHECK(contains(names.enabled, "avx2") == (target.name != "x86-64-v2"));
    ++named;
  });
  CHECK(named >= 20);
}

TEST_CASE("numbers that a Julia does not know stay numbers") {
  const Prefix writer = writer_of("x86_64", "1.12.5");
  CloneTarget target;
  target.features_enabled.resize(12);
  target.features_disabled.resize(12);
  target.features_enabled[2] = 1u << 5 | 1u << 2;
  CHECK(feature_names(writer, target).enabled == std::vector<std::string>{"2:2", "avx2"});
  const Prefix other = writer_of("powerpc64le", "1.12.5");
  CHECK(feature_names(other, target).enabled == std::vector<std::string>{"2:2", "2:5"});
  CHECK(feature_names(other, target).source.empty());
}
