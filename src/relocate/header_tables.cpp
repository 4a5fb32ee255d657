#include "relocate/header_tables.hpp"

#include <algorithm>
#include <utility>

#include "base/unique.hpp"
#include "relocate/step_map.hpp"

namespace jireloc::relocating {

HeaderNumbering::Texts::Texts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) number(text);
}

uint32_t HeaderNumbering::Texts::number(const std::string& text) {
  return numbers_.emplace(text, static_cast<uint32_t>(numbers_.size())).first->second;
}

std::vector<std::string> HeaderNumbering::Texts::all() const {
  std::vector<std::string> texts(numbers_.size());
  for (const auto& [text, number] : numbers_) texts[number] = text;
  return texts;
}

HeaderNumbering::HeaderNumbering(const HeaderTables& tables)
    : prefixes_(tables.prefixes), depots_(tables.depots), stdlibs_(tables.stdlibs) {
  for (const RequiredModule& module : tables.modules) modules_.number_of(module);
}

NumberedHeader HeaderNumbering::number(const CacheFile& header) {
  NumberedHeader numbered;
  Prefix prefix = header.prefix;
  prefix.image_flags = 0;
  const auto found = std::find(prefixes_.begin(), prefixes_.end(), prefix);
  numbered.prefix = static_cast<uint32_t>(found - prefixes_.begin());
  if (found == prefixes_.end()) prefixes_.push_back(std::move(prefix));
  for (const RequiredModule& module : provided_by(header))
    numbered.provides.push_back(modules_.number_of(module));
  for (const RequiredModule& module : header.required_modules)
    numbered.needs.push_back(modules_.number_of(module));
  keep_first_of_equals(numbered.provides);
  keep_first_of_equals(numbered.needs);
  RecordedPlaces places;
  places.note(header);
  for (const std::string& depot : places.depots) numbered.depots.push_back(depots_.number(depot));
  for (const std::string& stdlib : places.stdlibs) numbered.stdlibs.push_back(stdlibs_.number(stdlib));
  return numbered;
}

HeaderTables HeaderNumbering::tables() const {
  HeaderTables tables{prefixes_, {}, depots_.all(), stdlibs_.all()};
  for (uint32_t i = 0; i < modules_.size(); ++i) tables.modules.push_back(modules_[i]);
  return tables;
}

}  // namespace jireloc::relocating
