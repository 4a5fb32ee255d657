// Many transactions that share their syncs.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "bytes/transaction.hpp"

namespace jireloc {

// Commits transactions as the durability says: `full` at once, in the thread that adds them; `batch` in
// groups, for which one syncfs a file system comes before all the renames; `none` at once, or where something
// has to be held for that (see Guard), in groups for which it is held once. Thread-safe.
class Batch {
 public:
  // Called once for each transaction, from the thread that committed it (another one than that which added
  // it, perhaps), with what commit would have thrown, or nothing. The transaction is still there: its notes
  // can be read. Must not throw and must not call the batch.
  using Done = std::function<void(const Transaction& transaction, std::exception_ptr error)>;

  // How transactions come into place where several programs contend for the names.
  struct Guard {
    // Called before the renames of a group; what it returns is destroyed after them. What it throws is the
    // error of the whole group.
    std::function<std::shared_ptr<void>()> hold = {};
    // Called while that is held, before the renames of each transaction, with its `subject`. What it throws
    // is the transaction's error.
    std::function<void(size_t subject)> check = {};
  };

  // A group is committed when it has `most_files` files (each costs disk space until then, each transaction
  // an open folder).
  explicit Batch(Durability durability, FileSystem& system = real_file_system(), size_t most_files = 256)
      : Batch(durability, system, Guard(), most_files) {}
  Batch(Durability durability, FileSystem& system, Guard guard, size_t most_files = 256);
  // Transactions that were not committed are rolled back; their `done` is not called.
  ~Batch();

  // Takes a transaction whose files are completely written. Errors reach `done`, never the caller.
  void add(Transaction transaction, Done done, size_t subject = 0);
  // Commits the rest, and makes the names of all of them durable (batch). To be called after the last add;
  // again where more was added since. Throws Error (io) if that last sync fails: every file is in place and
  // whole then.
  void finish();

 private:
  struct Item {
    Transaction transaction;
    Done done;
    size_t subject;
  };
  using FileSystems = std::map<dev_t, std::shared_ptr<Folder>>;
  bool makes_groups() const;
  void commit(std::vector<Item> items);
  std::vector<std::exception_ptr> publish(std::vector<Item>& items,
                                          const std::map<dev_t, std::exception_ptr>& failed);
  std::exception_ptr sync(const FileSystems& file_systems, std::map<dev_t, std::exception_ptr>& failed);

  const Durability durability_;
  FileSystem& system_;
  const Guard guard_;
  const size_t most_files_;
  std::mutex mutex_;
  std::vector<Item> pending_;
  size_t pending_files_ = 0;
  FileSystems touched_;  // file systems with renames that finish() has to sync
};

}  // namespace jireloc
