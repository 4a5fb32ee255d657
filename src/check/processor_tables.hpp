// What the versions of Julia know of processors, as data: how they number features, which ones go together,
// which ones a processor of some name has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/inline_text.hpp"
#include "check/version_range.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::check {

// Bits of 32-bit words, as CloneTarget holds them.
using FeatureWords = std::vector<uint32_t>;

struct FeatureRow {
  InlineText<22> name;
  uint8_t word, bit;
};

struct NeedRow {
  InlineText<20> feature, needed;
};

// A processor has the features of `like` (empty: none) and, parted by spaces, those of `more`.
struct CpuRow {
  InlineText<24> name, like;
  InlineText<232> more;
  VersionRange versions = {};
};

struct AliasRow {
  InlineText<20> from, to;
};

// With the feature, vector registers are so long (max_vector_size).
struct VectorRow {
  InlineText<10> feature;
  int bytes;
};

// How a range of Julias numbers the features of an architecture.
//
// Features of the range that some of its versions left out again (pconfig, wbnoinvd and hreset after 1.12.6)
// or never enable (avx512fp16 after 1.12.6) are kept: no image of such a version enables them, so that it
// makes no difference whether a session is said to disable them.
struct ProcessorTable {
  std::span<const std::string_view> architectures;  // as prefixes name them
  size_t words;                                     // of a clone target
  VersionRange versions;
  std::string_view source;  // the file of Julia's repository, or of JuliaLang/cpufeatures, and the commit
  std::span<const FeatureRow> features;
  std::span<const NeedRow> needs;   // a feature brings what it needs, and is lost without it
  std::span<const NeedRow> brings;  // a feature brings another, and keeps without it
  std::span<const CpuRow> cpus;
  std::span<const AliasRow> aliases;
  std::string_view never_used;         // features that no target enables, parted by spaces
  std::string_view not_compared;       // features that the match of targets passes over
  std::span<const VectorRow> vectors;  // the longest first; without any of the features 16 bytes
  // 1.14: each +feature and -feature takes along what it needs or what needs it, one after the other, and the
  // name of a target has no say in which of them is taken.
  bool is_generated;
};

extern const ProcessorTable x86_eleven_words, x86_twelve_words, x86_generated;
extern const ProcessorTable aarch64_three_words, aarch64_generated;

// The table by which the writer of an image numbered the features of this target; null: none is known.
const ProcessorTable* processor_table(const Prefix& writer, const CloneTarget& target);
// The same where the number of words alone is known.
const ProcessorTable* processor_table(const Prefix& writer, size_t words);

// Null: the table has no such feature.
const FeatureRow* find_feature(const ProcessorTable& table, std::string_view name);
bool has(const FeatureWords& words, const FeatureRow& feature);
void set(FeatureWords& words, const FeatureRow& feature);
FeatureWords all_features(const ProcessorTable& table);
// Of names parted by spaces.
FeatureWords features_of(const ProcessorTable& table, std::string_view names);
// The name that Julia makes of it (normalize_cpu_name in src/processor_x86.cpp and processor_arm.cpp).
std::string_view normal_name(const ProcessorTable& table, std::string_view name);
// What Julia's table gives a processor of this name; nothing: this version does not know it.
std::optional<FeatureWords> cpu_features(const ProcessorTable& table, std::string_view name,
                                         const JuliaVersion& version);
// With everything that its features need (enable_depends).
void add_needed(const ProcessorTable& table, FeatureWords& words);
// Without those that lack something they need (disable_depends).
void drop_needy(const ProcessorTable& table, FeatureWords& words);

void keep(FeatureWords& words, const FeatureWords& other);    // words & other
void remove(FeatureWords& words, const FeatureWords& other);  // words & ~other
void add(FeatureWords& words, const FeatureWords& other);     // words | other

}  // namespace jireloc::check
