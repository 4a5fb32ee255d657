#include "bytes/batch.hpp"

#include <algorithm>
#include <utility>

namespace jireloc {

Batch::Batch(Durability durability, FileSystem& system, Guard guard, size_t most_files)
    : durability_(durability), system_(system), guard_(std::move(guard)), most_files_(most_files) {}
Batch::~Batch() = default;

bool Batch::makes_groups() const {
  return durability_ == Durability::batch || (durability_ == Durability::none && guard_.hold);
}

void Batch::add(Transaction transaction, Done done, size_t subject) {
  try {
    transaction.prepare(durability_ == Durability::full);
  } catch (...) {
    done(transaction, std::current_exception());
    return;
  }
  std::vector<Item> full;
  {
    const std::lock_guard lock(mutex_);
    pending_files_ += transaction.size();
    pending_.push_back({std::move(transaction), std::move(done), subject});
    if (makes_groups() && pending_files_ < most_files_) return;
    full = std::exchange(pending_, {});
    pending_files_ = 0;
  }
  commit(std::move(full));
}

// Syncs each file system; `failed` tells which of them could not be.
std::exception_ptr Batch::sync(const FileSystems& file_systems, std::map<dev_t, std::exception_ptr>& failed) {
  std::exception_ptr first;
  for (const auto& [device, folder] : file_systems) {
    const int result = retried([&] { return system_.sync_file_system(folder->fd()); });
    if (result >= 0) continue;
    failed[device] = std::make_exception_ptr(Error::system(-result, "syncfs", folder->path));
    if (!first) first = failed[device];
  }
  return first;
}

// The renames. Returns what each met.
std::vector<std::exception_ptr> Batch::publish(std::vector<Item>& items,
                                               const std::map<dev_t, std::exception_ptr>& failed) {
  std::vector<std::exception_ptr> errors(items.size());
  std::shared_ptr<void> held;
  try {
    if (guard_.hold) held = guard_.hold();
  } catch (...) {
    std::fill(errors.begin(), errors.end(), std::current_exception());
    return errors;
  }
  for (size_t i = 0; i < items.size(); ++i) {
    for (const auto& folder : items[i].transaction.file_systems()) {
      if (const auto found = failed.find(folder->device); found != failed.end()) errors[i] = found->second;
    }
    try {
      if (errors[i]) continue;
      if (guard_.check) guard_.check(items[i].subject);
      items[i].transaction.publish();
    } catch (...) {
      errors[i] = std::current_exception();
    }
  }
  return errors;
}

void Batch::commit(std::vector<Item> items) {
  if (items.empty()) return;
  std::map<dev_t, std::exception_ptr> failed;
  if (durability_ == Durability::batch) {
    FileSystems involved;
    for (const Item& item : items) {
      for (auto& folder : item.transaction.file_systems())
        involved.emplace(folder->device, std::move(folder));
    }
    sync(involved, failed);
    const std::lock_guard lock(mutex_);
    touched_.merge(involved);
  }
  const std::vector<std::exception_ptr> errors = publish(items, failed);
  for (size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    std::exception_ptr error = errors[i];
    try {
      if (!error && durability_ == Durability::full) item.transaction.sync_folders();
    } catch (...) {
      error = std::current_exception();
    }
    item.done(item.transaction, error);
    // Its folders and, after an error, its temporary files are not needed any longer than this.
    const Transaction finished = std::move(item.transaction);
  }
}

void Batch::finish() {
  commit(std::exchange(pending_, {}));
  pending_files_ = 0;
  std::map<dev_t, std::exception_ptr> failed;
  const std::exception_ptr error = sync(touched_, failed);
  touched_.clear();
  if (error) std::rethrow_exception(error);
}

}  // namespace jireloc
