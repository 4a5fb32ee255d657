// What a disk may hold after a power cut: an account of every write, name and sync of a run, and from it,
// states in which whatever was not synced is lost, torn, or has come through in another order.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/forwarding_file_system.hpp"

namespace jireloc::test {

// Harsher than any real file system: each data write and each change of a name after the last sync that
// covers it is kept or lost for itself. A rename is one change. Syncing a file does not make its name
// durable.
class PowerCutFileSystem final : public ForwardingFileSystem {
 public:
  // `folder` is the only one whose entries are looked at; what it holds now is durable.
  explicit PowerCutFileSystem(const std::string& folder, FileSystem& inner = real_file_system());

  using Contents = std::map<std::string, std::string>;  // by name
  // Events so far: instants at which the power may fail are 0 to this.
  size_t events() const noexcept { return events_.size(); }
  // One state that the folder may be found in if the power fails after `event_count` events.
  Contents after_cut(size_t event_count, std::mt19937_64& random) const;

  int open(int folder, const char* path, int flags, mode_t mode) override;
  int close(int fd) override;
  ssize_t write(int fd, const void* data, size_t size) override;
  ssize_t write_at(int fd, const void* data, size_t size, off_t offset) override;
  ssize_t copy_range(int from, off_t offset, int to, size_t size) override;
  int clone(int from, int to) override;
  int sync(int fd) override;
  int sync_file_system(int fd) override;
  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override;
  int link(int from_folder, const char* from, int to_folder, const char* to) override;
  int unlink(int folder, const char* path, int flags) override;

 private:
  using Inode = uint64_t;  // numbered by us: the kernel uses its numbers again
  using NameChange = std::pair<std::string, std::optional<Inode>>;
  struct Event {
    enum class Kind { write, names, sync_file, sync_folder, sync_all } kind;
    Inode inode = 0;
    uint64_t offset = 0;
    std::string bytes;
    std::vector<NameChange> names;
  };
  std::string content_after(Inode inode, size_t event_count, std::mt19937_64& random) const;
  void note_write(int fd, uint64_t offset, std::string bytes);
  bool is_tracked_folder(int fd) const;

  mutable std::mutex mutex_;
  std::string folder_;
  std::map<std::string, Inode> first_names_, names_;
  std::map<Inode, std::string> first_contents_;
  std::map<int, Inode> open_files_;
  Inode last_inode_ = 0;
  std::vector<Event> events_;
};

}  // namespace jireloc::test
