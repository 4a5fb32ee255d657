// Names of features, and which targets of an image a session takes.
#include "jireloc/processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "check/processor_tables.hpp"

namespace jireloc {
namespace {

using check::FeatureWords;
using check::ProcessorTable;

// A hostile file may record a million words and targets: no more is named than a person could read.
constexpr size_t most_words = 64, most_named_targets = 100;

std::string name_of(const ProcessorTable* table, size_t word, unsigned bit) {
  if (table != nullptr) {
    const auto found = std::ranges::find_if(table->features, [&](const check::FeatureRow& feature) {
      return feature.word == word && feature.bit == bit;
    });
    if (found != table->features.end()) return std::string(found->name);
  }
  return fmt::format("{}:{}", word, bit);
}

std::vector<std::string> names_in(const ProcessorTable* table, const FeatureWords& words,
                                  size_t most = 32 * most_words) {
  std::vector<std::string> names;
  for (size_t word = 0; word < std::min(words.size(), most_words); ++word) {
    for (unsigned bit = 0; bit < 32 && names.size() < most; ++bit)
      if ((words[word] >> bit & 1) != 0) names.push_back(name_of(table, word, bit));
  }
  return names;
}

int vector_bytes(const ProcessorTable* table, const FeatureWords& words) {
  if (table == nullptr) return 16;
  for (const check::VectorRow& row : table->vectors) {
    if (!check::has(words, *check::find_feature(*table, row.feature))) continue;
    // max_vector_size in cpufeatures: without evex512 the long registers are not used.
    const bool is_short =
        table->is_generated && row.bytes == 64 && !check::has(words, *check::find_feature(*table, "evex512"));
    return is_short ? 32 : row.bytes;
  }
  return 16;
}

int feature_count(const FeatureWords& words) {
  int count = 0;
  for (const uint32_t word : words) count += std::popcount(word);
  return count;
}

// A choice in the making: the loop of match_sysimg_targets, one target a call.
class Choice {
 public:
  Choice(const ProcessorTable* table, const SessionTarget& session)
      : table_(table), session_(session), by_name_(table == nullptr || !table->is_generated) {}

  std::string_view offer(size_t number, const CloneTarget& target) {
    if (by_name_ && normal(target.name) == normal(session_.name)) {
      if (!named_) bytes_ = features_ = 0;
      named_ = true;
    } else if (named_) {
      return "Rejecting this target since another target has a cpu name match";
    }
    const int bytes = vector_bytes(table_, target.features_enabled);
    if (bytes_ > bytes) return "Rejecting this target since another target has a larger vector register size";
    const int features = feature_count(target.features_enabled);
    const bool longer = bytes_ < bytes;
    if (!longer && features < features_)
      return "Rejecting this target since another target has a larger feature set";
    chosen_ = number;
    bytes_ = bytes;
    features_ = features;
    return longer ? "Updating best match to this target due to larger vector register size"
                  : "Updating best match to this target";
  }
  std::optional<size_t> chosen() const { return chosen_; }

 private:
  std::string_view normal(std::string_view name) const {
    return table_ == nullptr ? name : check::normal_name(*table_, name);
  }
  const ProcessorTable* table_;
  const SessionTarget& session_;
  bool by_name_;
  bool named_ = false;
  int bytes_ = 0, features_ = 0;
  std::optional<size_t> chosen_;
};

bool is_none(const FeatureWords& words) {
  return std::ranges::all_of(words, [](uint32_t word) { return word == 0; });
}

// What is compared of a session's disabled features.
FeatureWords compared(const ProcessorTable* table, FeatureWords disabled) {
  if (table != nullptr) check::remove(disabled, check::features_of(*table, table->not_compared));
  return disabled;
}

const ProcessorTable* table_of(const Prefix& writer, const std::vector<CloneTarget>& image) {
  return image.empty() ? nullptr : check::processor_table(writer, image[0]);
}

std::string rejection(const Prefix& writer, const std::vector<CloneTarget>& image,
                      const std::vector<TargetOutcome>& outcomes) {
  const JuliaVersion version = JuliaVersion::parse(writer.version);
  if (check::VersionRange{"", "1.11.0-DEV"}.contains(version))
    return "Unable to find compatible target in system image.";
  std::string text = "Unable to find compatible target in cached code image.";
  if (check::VersionRange{"1.14.0-DEV", ""}.contains(version)) return text;
  const ProcessorTable* table = table_of(writer, image);
  for (size_t i = 0; i < image.size(); ++i) {
    const std::string_view name = table ? check::normal_name(*table, image[i].name) : image[i].name;
    text += fmt::format("\nTarget {} ({}): {}", i, name, outcomes[i].julia_reason);
  }
  return text + '\n';
}

}  // namespace

FeatureNames feature_names(const Prefix& writer, const CloneTarget& target) {
  const ProcessorTable* table = check::processor_table(writer, target);
  return {names_in(table, target.features_enabled), names_in(table, target.features_disabled),
          table != nullptr ? table->source : std::string_view()};
}

TargetMatch match_clone_targets(const Prefix& writer, const std::vector<CloneTarget>& image,
                                const SessionTarget& session) {
  const ProcessorTable* table = table_of(writer, image);
  const FeatureWords disabled = compared(table, session.disabled);
  TargetMatch match;
  Choice choice(table, session);
  for (size_t i = 0; i < image.size(); ++i) {
    TargetOutcome outcome;
    FeatureWords refused = image[i].features_enabled;
    check::keep(refused, disabled);
    outcome.refused = i < most_named_targets ? names_in(table, refused) : names_in(table, refused, 1);
    outcome.julia_reason = is_none(refused) ? choice.offer(i, image[i])
                                            : "Rejecting this target due to use of runtime-disabled features";
    match.outcomes.push_back(std::move(outcome));
  }
  match.chosen = choice.chosen();
  if (!match.chosen) match.julia_message = rejection(writer, image, match.outcomes);
  return match;
}

}  // namespace jireloc
