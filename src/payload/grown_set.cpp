#include "jireloc/grown_set.hpp"

#include <algorithm>
#include <tuple>

namespace jireloc {

bool GrownSet::Less::operator()(const RequiredModule& a, const RequiredModule& b) const {
  return std::tie(a.build_id_lo, a.build_id_hi, a.uuid, a.name) <
         std::tie(b.build_id_lo, b.build_id_hi, b.uuid, b.name);
}

const MovedString* GrownSet::Entry::find(uint64_t position) const {
  const auto found = std::partition_point(moved.begin(), moved.end(),
                                          [&](const MovedString& each) { return each.from < position; });
  return found == moved.end() || found->from != position ? nullptr : &*found;
}

void GrownSet::add(const CacheFile& before, const PayloadGrowth& growth) {
  if (!growth.checksum) return;
  Entry entry{*growth.checksum, growth.moved};
  std::sort(entry.moved.begin(), entry.moved.end(),
            [](const MovedString& a, const MovedString& b) { return a.from < b.from; });
  const std::lock_guard lock(mutex_);
  for (const WorklistModule& module : before.worklist)
    entries_.insert_or_assign({module.name, module.uuid, before.build_id_hi(), module.build_id}, entry);
}

const GrownSet::Entry* GrownSet::find(const RequiredModule& module) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(module);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace jireloc
