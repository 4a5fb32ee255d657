#include "bytes/batch.hpp"

#include <utility>

namespace jireloc {

Batch::Batch(Durability durability, FileSystem& system, size_t most_files)
    : durability_(durability), system_(system), most_files_(most_files) {}
Batch::~Batch() = default;

void Batch::add(Transaction transaction, Done done) {
  std::exception_ptr error;
  try {
    if (durability_ != Durability::batch) {
      transaction.commit(durability_);
    } else {
      transaction.prepare(false);
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (error || durability_ != Durability::batch) {
    done(transaction, error);
    return;
  }
  std::vector<Item> full;
  {
    const std::lock_guard lock(mutex_);
    pending_files_ += transaction.size();
    pending_.push_back({std::move(transaction), std::move(done)});
    if (pending_files_ < most_files_) return;
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

void Batch::commit(std::vector<Item> items) {
  FileSystems involved;
  for (const Item& item : items) {
    for (auto& folder : item.transaction.file_systems()) involved.emplace(folder->device, std::move(folder));
  }
  std::map<dev_t, std::exception_ptr> failed;
  sync(involved, failed);
  {
    const std::lock_guard lock(mutex_);
    touched_.merge(involved);
  }
  for (Item& item : items) {
    std::exception_ptr error;
    for (const auto& folder : item.transaction.file_systems()) {
      if (const auto found = failed.find(folder->device); found != failed.end()) error = found->second;
    }
    try {
      if (!error) item.transaction.publish();
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
