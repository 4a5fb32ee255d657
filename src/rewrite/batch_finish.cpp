// What is put off until all inputs are known.
#include <algorithm>
#include <map>

#include "rewrite/batch_work.hpp"
#include "rewrite/outcome.hpp"

namespace jireloc {

using namespace rewriting;

void BatchRewriter::Work::put_off(Inputs& inputs, Deferred item) {
  const std::lock_guard lock(mutex_);
  inputs.push_back(std::make_unique<Deferred>(std::move(item)));
}

// Threads put them off in any order.
BatchRewriter::Work::Inputs BatchRewriter::Work::in_order(Inputs inputs) {
  std::ranges::stable_sort(inputs, {}, [](const auto& item) { return item->number; });
  return inputs;
}

void BatchRewriter::Work::finish_rivals() {
  for (const auto& item : in_order(std::move(rivals_))) {
    const std::shared_ptr<RewriteOutcome> outcome = item->outcome;
    item->has_rival = !places_.take(item->target.below);
    if (!item->has_rival) {
      work(std::move(*item), {}, nullptr, {});
      continue;
    }
    fail(*outcome, std::make_exception_ptr(Error(
                       ErrorKind::conflict, "another input goes to the same place, " + outcome->target)));
    outcome->settled = true;
  }
}

void BatchRewriter::Work::finish() {
  finish_rivals();
  const Inputs deferred = in_order(std::move(linked_));
  std::map<std::string_view, Members> by_path;  // a file given twice is deferred twice
  for (const auto& candidate : deferred) by_path[candidate->real_path].push_back(candidate.get());
  for (LinkGroup group : links_.groups()) {
    Members members;
    for (const std::string& name : group.names)
      members.insert(members.end(), by_path[name].begin(), by_path[name].end());
    if (members.empty()) continue;
    std::ranges::stable_sort(members, {}, &Deferred::number);
    std::ranges::stable_sort(group.names, {},
                             [&](const std::string& name) { return by_path[name][0]->number; });
    const std::shared_ptr<RewriteOutcome> first = members[0]->outcome;
    work(*members[0], {}, &group, members);
    if (!first->settled) continue;  // in its group commit, which settles the others too
    for (const Deferred* other : members) {
      if (other->outcome->settled) continue;
      other->outcome->status = first->status;
      other->outcome->reasons = first->reasons;
      other->outcome->settled = true;
    }
  }
  batch_.finish();
}

}  // namespace jireloc
