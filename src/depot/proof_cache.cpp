// What was found out of folders, and is known of files, while images are judged one after the other.
#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

#include "base/work.hpp"
#include "jireloc/error.hpp"
#include "jireloc/proof.hpp"

namespace jireloc {

struct ProofCache::State {
  explicit State(const TreeLimits& most) : limits(most) {}
  const TreeLimits limits;
  struct Slot {
    std::mutex mutex;  // of what follows
    bool is_asked = false;
    Tree tree;
  };
  Hash hash = [](const std::string& folder, const TreeLimits& most) { return tree_hash(folder, most); };
  Contents contents;
  std::mutex mutex;
  std::map<std::string, Slot> slots;  // by device and inode; nodes never move

  // One folder may be spelled in any number of ways. No path is relative, so none looks like a key of two
  // numbers.
  Slot& slot_of(const std::string& folder) {
    const FileStatus status = file_status(folder);
    const std::string key = status.exists() ? fmt::format("{}:{}", status.device, status.inode) : folder;
    const std::lock_guard lock(mutex);
    return slots[key];
  }
};

ProofCache::ProofCache(const TreeLimits& limits) : state_(new State(limits)) {}
ProofCache::~ProofCache() = default;

const ProofCache::Tree& ProofCache::tree(const std::string& actual_folder) {
  State::Slot& slot = state_->slot_of(actual_folder);
  const std::lock_guard lock(slot.mutex);
  if (slot.is_asked) return slot.tree;
  try {
    const OwnItemWork work;
    slot.tree.hash = state_->hash(actual_folder, state_->limits);
  } catch (const Error& problem) {
    slot.tree.problem = problem.retold(problem.what());
  }
  slot.is_asked = true;
  return slot.tree;
}

void ProofCache::hash_by(Hash hash) {
  state_->hash = std::move(hash);
}

void ProofCache::know_by(Contents contents) {
  state_->contents = std::move(contents);
}

std::optional<KnownContent> ProofCache::content(const std::string& actual_path,
                                                const FileStatus& status) const {
  return state_->contents ? state_->contents(actual_path, status) : std::nullopt;
}

}  // namespace jireloc
