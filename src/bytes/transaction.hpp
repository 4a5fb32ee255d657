// New files that replace old ones all together: prepared beside their targets, made durable, then renamed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/file_io.hpp"
#include "bytes/file_system.hpp"
#include "bytes/metadata.hpp"
#include "bytes/temporaries.hpp"
#include "jireloc/durability.hpp"

namespace jireloc {

class ByteSource;

// Which file a name stood for when it was read.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
};
inline FileIdentity identity_of(const struct stat& info) {
  return {info.st_dev, info.st_ino, info.st_size};
}
// Whether both are one file or folder, whatever its names are.
inline bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
// Of what was opened to be read, as it was then. Throws Error (io).
struct stat stat_of(const ByteSource& source);

struct TargetOptions {
  // False: Error (conflict) if the target exists, at the latest when it is renamed; nothing is overwritten.
  bool replace = true;
  // Error (conflict) if the target is not this file any more just before it is replaced.
  std::optional<FileIdentity> expect = {};
  // Permission bits of the new file; default: 0666 less the process's umask.
  std::optional<mode_t> mode = {};
};

// One file of a transaction, under its temporary name. Made by Transaction::create.
class NewFile {
 public:
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Appends at the file position (which pwrite does not move). Nothing is buffered here.
  void write(std::string_view data);
  // Overwrites, or extends with zeros between.
  void pwrite(uint64_t offset, std::string_view data);
  // Appends `length` bytes of the open file `fd` from `offset`; blocks are shared or copied in the kernel
  // where it can. Throws Error (truncated) if that file is shorter.
  void copy_from(int fd, uint64_t offset, uint64_t length);
  // Makes the whole (still empty) file share the blocks of `fd`. False, and nothing has changed, where the
  // file system cannot: then write it in one sequential pass. The file position stays 0: change it with
  // pwrite.
  bool clone_from(int fd);

  // The finished file shall have what `keep` names of the open file `fd`, read now. What cannot be kept is
  // noted.
  void keep(int fd, const Keep& keep);
  // The same of what was opened to be read, its mode, owner and times as they were then.
  void keep(const ByteSource& source, const Keep& keep);
  // These override what was kept; applied last of all, when the transaction is prepared.
  void set_mode(mode_t mode) { metadata_.mode = mode; }
  void set_owner(uid_t user, gid_t group) { metadata_.owner = {user, group}; }

  // Open for reading and writing until the transaction is prepared: for reading the result back. Else -1.
  int descriptor() const noexcept { return descriptor_.get(); }
  uint64_t size() const;
  // The target, with a symbolic link given by name followed.
  const std::string& path() const noexcept { return path_; }

 private:
  friend class Transaction;
  NewFile(FileSystem& system, std::shared_ptr<Folder> folder, std::string name, std::string path,
          TargetOptions options, std::vector<Note>& notes);
  int make_temporary(const std::function<int()>& make);
  void create();
  void keep_with(int fd, const struct stat& status, const Keep& keep);
  int link_from(int folder, const char* name);
  void seal(bool sync);
  void publish(bool can_undo);
  void undo() noexcept;
  void clean_up() noexcept;
  bool is_as_read(const std::optional<struct stat>& now) const;
  [[noreturn]] void throw_changed() const;
  void exchange();
  void create_target();
  void replace_target();
  AddNote note_adder();

  FileSystem& system_;
  std::shared_ptr<Folder> folder_;  // stays open longer than live_ is registered
  std::string name_, path_, temporary_;
  TargetOptions options_;
  std::vector<Note>& notes_;
  LiveTemporary live_;
  Descriptor descriptor_;
  Metadata metadata_;
  bool is_link_ = false;
  enum class State {
    none,       // no temporary file yet
    open,       // being written
    sealed,     // complete, under its temporary name
    exchanged,  // in place, the old file under the temporary name
    created,    // in place, where nothing was
    published,  // in place for good, nothing left under the temporary name
  } state_ = State::none;
};

// Prepares any number of files, each in the folder of its target, and puts them into place in the order in
// which they were created. Destroyed without a commit it removes them, and the targets are as before. All of
// it throws Error: io, conflict, truncated, unsupported. Not thread-safe; different transactions are
// independent.
class Transaction {
 public:
  explicit Transaction(FileSystem& system = real_file_system());
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // A new file for `target`. If that is a symbolic link, the file it names is replaced and the link is kept.
  // The target's folder must exist. Refuses targets that are there and no regular files (unsupported).
  NewFile& create(const std::string& target, const TargetOptions& options = {});
  // The same below a folder that is already open: `name` is one component and no link is followed; a symbolic
  // link of that name would itself be replaced. For folders that others may write to.
  NewFile& create_in(std::shared_ptr<Folder> folder, const std::string& name,
                     const TargetOptions& options = {});
  // A further name for what is, or is about to be, `file`: both become one inode again.
  void link(const NewFile& file, const std::string& target, const TargetOptions& options = {});
  // The same below a folder that is open, as create_in.
  void link_in(const NewFile& file, std::shared_ptr<Folder> folder, const std::string& name,
               const TargetOptions& options = {});
  // A hard link to the file `source_name` of an open folder, which is to be the one with the status
  // `expected`. Null, and nothing has changed, where the system refuses the link: then copy. Throws Error
  // (conflict) where another file has the source's name now.
  const NewFile* share_in(const Folder& source, const std::string& source_name, const struct stat& expected,
                          std::shared_ptr<Folder> folder, const std::string& name,
                          const TargetOptions& options = {});

  // Everything up to and including the renames, synced as `durability` says (batch: one syncfs a file
  // system). If it throws, files renamed already are put back where the file system can exchange names; every
  // file is whole in any case. (With two files on one without RENAME_EXCHANGE, the first may be the new one.)
  void commit(Durability durability);

  // The three parts of commit, for Batch. prepare: metadata, close, sync each file if asked.
  void prepare(bool sync_files);
  // The renames, in the order of creation. Precondition: prepared.
  void publish();
  // Syncs the folders. Throws Error (io); the files are in place then all the same.
  void sync_folders();
  // One open folder for each file system that has files of this transaction.
  std::vector<std::shared_ptr<Folder>> file_systems() const;

  FileSystem& system() const noexcept { return system_; }
  size_t size() const noexcept { return files_.size(); }
  // What could not be kept, so far.
  const std::vector<Note>& notes() const noexcept { return *notes_; }

 private:
  NewFile& add(std::shared_ptr<Folder> folder, const std::string& name, const std::string& path,
               const TargetOptions& options);
  std::pair<std::shared_ptr<Folder>, std::string> locate(const std::string& target, std::string& path);
  std::vector<std::shared_ptr<Folder>> folders() const;

  FileSystem& system_;
  std::unique_ptr<std::vector<Note>> notes_;  // the files refer to it
  std::vector<std::unique_ptr<NewFile>> files_;
};

}  // namespace jireloc
