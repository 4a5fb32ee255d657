// Names of processor features.
#include "jireloc/processor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check/processor_tables.hpp"

namespace jireloc {
namespace {

using check::FeatureWords;
using check::ProcessorTable;

std::vector<std::string> names_in(const ProcessorTable* table, const FeatureWords& words) {
  std::vector<std::string> names;
  for (size_t word = 0; word < words.size(); ++word) {
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((words[word] >> bit & 1) == 0) continue;
      const check::FeatureRow* row = nullptr;
      if (table != nullptr) {
        const auto found = std::ranges::find_if(table->features, [&](const check::FeatureRow& feature) {
          return feature.word == word && feature.bit == bit;
        });
        if (found != table->features.end()) row = &*found;
      }
      names.push_back(row != nullptr ? std::string(row->name) : fmt::format("{}:{}", word, bit));
    }
  }
  return names;
}

}  // namespace

FeatureNames feature_names(const Prefix& writer, const CloneTarget& target) {
  const ProcessorTable* table = check::processor_table(writer, target);
  return {names_in(table, target.features_enabled), names_in(table, target.features_disabled),
          table != nullptr ? table->source : std::string_view()};
}

}  // namespace jireloc
