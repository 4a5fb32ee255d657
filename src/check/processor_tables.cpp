#include "check/processor_tables.hpp"

#include <algorithm>

#include "jireloc/paths.hpp"

namespace jireloc::check {
namespace {

template <typename Row>
void fixed_point(std::span<const Row> rows, bool (*step)(const Row&, FeatureWords&, const ProcessorTable&),
                 FeatureWords& words, const ProcessorTable& table) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Row& row : rows) changed |= step(row, words, table);
  }
}

bool add_one(const NeedRow& row, FeatureWords& words, const ProcessorTable& table) {
  const FeatureRow &feature = *find_feature(table, row.feature), &needed = *find_feature(table, row.needed);
  if (!has(words, feature) || has(words, needed)) return false;
  set(words, needed);
  return true;
}

bool drop_one(const NeedRow& row, FeatureWords& words, const ProcessorTable& table) {
  const FeatureRow &feature = *find_feature(table, row.feature), &needed = *find_feature(table, row.needed);
  if (!has(words, feature) || has(words, needed)) return false;
  words[feature.word] &= ~(1u << feature.bit);
  return true;
}

bool is_within(const FeatureWords& words, const FeatureWords& mask) {
  for (size_t i = 0; i < words.size(); ++i)
    if ((words[i] & ~(i < mask.size() ? mask[i] : 0)) != 0) return false;
  return true;
}

}  // namespace

const ProcessorTable* processor_table(const Prefix& writer, size_t words) {
  const JuliaVersion version = JuliaVersion::parse(writer.version);
  const auto fits = [&](const ProcessorTable& table) {
    return table.words == words && table.versions.contains(version) &&
           std::ranges::find(table.architectures, writer.arch) != table.architectures.end();
  };
  for (const ProcessorTable* table :
       {&x86_eleven_words, &x86_twelve_words, &x86_generated, &aarch64_three_words, &aarch64_generated})
    if (fits(*table)) return table;
  return nullptr;
}

// Generated tables were renumbered within 1.14's development, which its version does not tell; the features
// that a target names do.
const ProcessorTable* processor_table(const Prefix& writer, const CloneTarget& target) {
  const ProcessorTable* table = processor_table(writer, target.features_enabled.size());
  if (table == nullptr || table->is_generated != target.base.has_value()) return nullptr;
  const FeatureWords known = all_features(*table);
  const bool fits = is_within(target.features_enabled, known) && is_within(target.features_disabled, known);
  return fits || !table->is_generated ? table : nullptr;
}

const FeatureRow* find_feature(const ProcessorTable& table, std::string_view name) {
  const auto found =
      std::ranges::find_if(table.features, [&](const FeatureRow& row) { return row.name == name; });
  return found == table.features.end() ? nullptr : &*found;
}

bool has(const FeatureWords& words, const FeatureRow& feature) {
  return feature.word < words.size() && (words[feature.word] >> feature.bit & 1) != 0;
}

void set(FeatureWords& words, const FeatureRow& feature) {
  words[feature.word] |= 1u << feature.bit;
}

FeatureWords all_features(const ProcessorTable& table) {
  FeatureWords words(table.words);
  for (const FeatureRow& feature : table.features) set(words, feature);
  return words;
}

FeatureWords features_of(const ProcessorTable& table, std::string_view names) {
  FeatureWords words(table.words);
  for (const std::string_view name : paths::split(names, ' '))
    if (const FeatureRow* feature = find_feature(table, name)) set(words, *feature);
  return words;
}

std::string_view normal_name(const ProcessorTable& table, std::string_view name) {
  const auto found =
      std::ranges::find_if(table.aliases, [&](const AliasRow& row) { return row.from == name; });
  return found == table.aliases.end() ? name : std::string_view(found->to);
}

std::optional<FeatureWords> cpu_features(const ProcessorTable& table, std::string_view name,
                                         const JuliaVersion& version) {
  const auto found = std::ranges::find_if(
      table.cpus, [&](const CpuRow& row) { return row.name == name && row.versions.contains(version); });
  if (found == table.cpus.end()) return std::nullopt;
  FeatureWords words = features_of(table, found->more);
  if (!found->like.empty()) add(words, *cpu_features(table, found->like, version));
  return words;
}

void add_needed(const ProcessorTable& table, FeatureWords& words) {
  for (FeatureWords before; before != words;) {
    before = words;
    fixed_point(table.brings, add_one, words, table);
    fixed_point(table.needs, add_one, words, table);
  }
}

void drop_needy(const ProcessorTable& table, FeatureWords& words) {
  fixed_point(table.needs, drop_one, words, table);
}

void keep(FeatureWords& words, const FeatureWords& other) {
  for (size_t i = 0; i < words.size(); ++i) words[i] &= i < other.size() ? other[i] : 0;
}

void remove(FeatureWords& words, const FeatureWords& other) {
  for (size_t i = 0; i < std::min(words.size(), other.size()); ++i) words[i] &= ~other[i];
}

void add(FeatureWords& words, const FeatureWords& other) {
  for (size_t i = 0; i < std::min(words.size(), other.size()); ++i) words[i] |= other[i];
}

}  // namespace jireloc::check
