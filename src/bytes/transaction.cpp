#include "bytes/transaction.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "bytes/has_status.hpp"
#include "jireloc/byte_source.hpp"

namespace jireloc {

std::optional<Durability> parse_durability(std::string_view text) noexcept {
  if (text == "full") return Durability::full;
  if (text == "batch") return Durability::batch;
  if (text == "none") return Durability::none;
  return {};
}

struct stat stat_of(const ByteSource& source) {
  if (const auto* opened = dynamic_cast<const HasStatus*>(&source)) return opened->status();
  struct stat info {};
  if (::fstat(source.descriptor(), &info) != 0) throw Error::system(errno, "fstat", source.name());
  return info;
}

Transaction::Transaction(FileSystem& system)
    : system_(system), notes_(std::make_unique<std::vector<Note>>()) {}
Transaction::Transaction(Transaction&&) noexcept = default;

Transaction::~Transaction() {
  // Latest first, so that a target made twice ends as it began.
  while (!files_.empty()) files_.pop_back();
}

NewFile& Transaction::add(std::shared_ptr<Folder> folder, const std::string& name, const std::string& path,
                          const TargetOptions& options) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos) {
    throw Error(ErrorKind::unsupported, "not the name of a file", path);
  }
  // Private constructor, hence no make_unique.
  files_.push_back(
      std::unique_ptr<NewFile>(new NewFile(system_, std::move(folder), name, path, options, *notes_)));
  return *files_.back();
}

std::pair<std::shared_ptr<Folder>, std::string> Transaction::locate(const std::string& target,
                                                                    std::string& path) {
  path = target;
  auto existing = find_entry(system_, AT_FDCWD, path, path);
  if (existing && S_ISLNK(existing->st_mode)) {
    path = follow_links(system_, target);
    existing = find_entry(system_, AT_FDCWD, path, path);
  }
  if (existing && !S_ISREG(existing->st_mode)) {
    throw Error(ErrorKind::unsupported, "not a regular file, so it is not replaced", path);
  }
  auto [folder_path, name] = split_path(path);
  for (const auto& file : files_) {
    if (file->folder_->path == folder_path) return {file->folder_, name};
  }
  return {open_folder(system_, folder_path), name};
}

NewFile& Transaction::create(const std::string& target, const TargetOptions& options) {
  std::string path;
  auto [folder, name] = locate(target, path);
  NewFile& file = add(std::move(folder), name, path, options);
  file.create();
  return file;
}

NewFile& Transaction::create_in(std::shared_ptr<Folder> folder, const std::string& name,
                                const TargetOptions& options) {
  const std::string path = folder->path + "/" + name;
  NewFile& file = add(std::move(folder), name, path, options);
  file.create();
  return file;
}

void Transaction::link(const NewFile& original, const std::string& target, const TargetOptions& options) {
  std::string path;
  auto [folder, name] = locate(target, path);
  link_in(original, std::move(folder), name, options);
}

void Transaction::link_in(const NewFile& original, std::shared_ptr<Folder> folder, const std::string& name,
                          const TargetOptions& options) {
  const std::string path = folder->path + "/" + name;
  NewFile& file = add(std::move(folder), name, path, options);
  checked(file.link_from(original.folder_->fd(), original.temporary_.c_str()), "link", path);
}

const NewFile* Transaction::share_in(const Folder& source, const std::string& source_name,
                                     const struct stat& expected, std::shared_ptr<Folder> folder,
                                     const std::string& name, const TargetOptions& options) {
  const std::string path = folder->path + "/" + name;
  NewFile& file = add(std::move(folder), name, path, options);
  if (file.link_from(source.fd(), source_name.c_str()) < 0) {
    files_.pop_back();
    return nullptr;
  }
  const auto linked = find_entry(system_, file.folder_->fd(), file.temporary_, path);
  if (linked && is_same_file(*linked, expected)) return &file;
  files_.pop_back();
  throw Error(ErrorKind::conflict, "it was replaced while it was linked", source.path + "/" + source_name);
}

void Transaction::commit(Durability durability) {
  prepare(durability == Durability::full);
  if (durability == Durability::batch) {
    for (const auto& folder : file_systems()) {
      checked(retried([&] { return system_.sync_file_system(folder->fd()); }), "syncfs", folder->path);
    }
  }
  publish();
  if (durability == Durability::full) sync_folders();
}

void Transaction::prepare(bool sync_files) {
  for (const auto& file : files_) file->seal(sync_files);
}

void Transaction::publish() {
  try {
    for (const auto& file : files_) file->publish(file != files_.back());
  } catch (...) {
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) (*file)->undo();
    throw;
  }
  for (const auto& file : files_) file->clean_up();
}

void Transaction::sync_folders() {
  for (const auto& folder : folders()) sync_folder(system_, *folder);
}

std::vector<std::shared_ptr<Folder>> Transaction::folders() const {
  std::vector<std::shared_ptr<Folder>> found;
  for (const auto& file : files_) {
    if (std::find(found.begin(), found.end(), file->folder_) == found.end()) found.push_back(file->folder_);
  }
  return found;
}

std::vector<std::shared_ptr<Folder>> Transaction::file_systems() const {
  std::vector<std::shared_ptr<Folder>> found;
  for (const auto& folder : folders()) {
    const auto same = [&](const auto& other) { return other->device == folder->device; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(folder);
  }
  return found;
}

}  // namespace jireloc
