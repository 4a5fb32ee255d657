#include "relocate/proven_trees.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "relocate/proven.hpp"

namespace jireloc::relocating {

bool is_recorded(const Run& run, DepotItemKind kind, const TreeRef& tree, const ShortSlugs& short_slugs) {
  return run.proven && kind != DepotItemKind::scratchspace &&
         short_slugs.judge(tree, run.options.rules).empty();
}

std::vector<char> known_trees(Run& run, DepotItemKind kind, const std::vector<TreeRef>& trees,
                              const ShortSlugs& short_slugs) {
  std::vector<char> known(trees.size());
  if (!run.proven) return known;
  const auto is_known = [&](const TreeRef& tree) {
    try {
      return is_recorded(run, kind, tree, short_slugs) && run.proven->knows_tree(tree.relative());
    } catch (const Error&) {
      return false;  // whoever judges it hears why
    }
  };
  for_all_shares(run.threads, trees.size(), [&](Share share) {
    run.check_stop();
    for (size_t i = share.begin; i < share.end; ++i) known[i] = is_known(trees[i]) ? 1 : 0;
  });
  return known;
}

}  // namespace jireloc::relocating
