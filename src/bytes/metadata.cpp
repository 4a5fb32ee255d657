#include "bytes/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bytes/file_io.hpp"

namespace jireloc {

namespace {

constexpr mode_t kPermissions = 07777;

// Signatures of the content: wrong for any other content.
bool signs_content(const std::string& name) {
  return name == "security.ima" || name == "security.evm";
}

void note_or_throw(int result, const std::string& what, const std::string& file, const AddNote& add_note) {
  if (result >= 0) return;
  if (result == -EIO) throw Error::system(EIO, "keeping the " + what, file);
  add_note(fmt::format("{} not kept: {}", what, std::strerror(-result)));
}

// The names of the attributes of `fd`; empty where the file system has none.
std::vector<std::string> attribute_names(FileSystem& system, int fd, const std::string& file,
                                         const AddNote& add_note) {
  std::string buffer(512, '\0');
  ssize_t size = 0;
  for (;;) {
    size = retried([&] { return system.list_attributes(fd, buffer.data(), buffer.size()); });
    if (size != -ERANGE || buffer.size() >= (size_t{1} << 20)) break;
    buffer.resize(buffer.size() * 8);
  }
  if (size == -EOPNOTSUPP || size == -ENOSYS) return {};
  note_or_throw(static_cast<int>(std::min<ssize_t>(size, 0)), "extended attributes", file, add_note);
  std::vector<std::string> names;
  for (size_t at = 0; size > 0 && at < static_cast<size_t>(size);) {
    names.emplace_back(buffer.c_str() + at);
    at += names.back().size() + 1;
  }
  return names;
}

void read_attributes(FileSystem& system, int fd, Metadata& metadata, const std::string& file,
                     const AddNote& add_note) {
  metadata.has_attributes = true;
  for (const std::string& name : attribute_names(system, fd, file, add_note)) {
    if (signs_content(name)) {
      add_note(name + " not kept: it signs the old content");
      continue;
    }
    std::string value(size_t{64} << 10, '\0');  // XATTR_SIZE_MAX
    const ssize_t size =
        retried([&] { return system.get_attribute(fd, name.c_str(), value.data(), value.size()); });
    if (size == -ENODATA) continue;
    if (size < 0) {
      note_or_throw(static_cast<int>(size), "attribute " + name, file, add_note);
      continue;
    }
    value.resize(static_cast<size_t>(size));
    metadata.attributes.emplace_back(name, std::move(value));
  }
}

// An access list that the folder's default gave the new file grants what the old one may not have granted.
void drop_inherited_access_list(FileSystem& system, int fd, const Metadata& metadata, const std::string& file,
                                const AddNote& add_note) {
  const std::string access_list = "system.posix_acl_access";
  const auto is_it = [&](const auto& attribute) { return attribute.first == access_list; };
  if (std::any_of(metadata.attributes.begin(), metadata.attributes.end(), is_it)) return;
  const int result = retried([&] { return system.remove_attribute(fd, access_list.c_str()); });
  if (result != -ENODATA && result != -EOPNOTSUPP && result != -ENOSYS) {
    note_or_throw(result, "absence of an access list", file, add_note);
  }
}

// Whether the owner is now as asked.
bool apply_owner(FileSystem& system, int fd, const Metadata& metadata, const struct stat& now,
                 const std::string& file, const AddNote& add_note) {
  if (!metadata.owner || *metadata.owner == std::pair(now.st_uid, now.st_gid)) return true;
  const auto [user, group] = *metadata.owner;
  const int result = retried([&] { return system.set_owner(fd, user, group); });
  if (result == -EPERM && group != now.st_gid) {
    // A user may still give a file to another group of theirs.
    retried([&] { return system.set_owner(fd, static_cast<uid_t>(-1), group); });
  }
  note_or_throw(result, fmt::format("owner {}:{}", user, group), file, add_note);
  return result >= 0;
}

}  // namespace

Metadata read_metadata(FileSystem& system, int fd, const Keep& keep, const std::string& file,
                       const AddNote& add_note) {
  const struct stat info = stat_of(system, fd, file);
  Metadata metadata;
  if (keep.mode) metadata.mode = info.st_mode & kPermissions;
  if (keep.owner) metadata.owner = {info.st_uid, info.st_gid};
  if (keep.times) {
    metadata.access_time = info.st_atim;
    metadata.modification_time = info.st_mtim;
  }
  if (keep.attributes) read_attributes(system, fd, metadata, file, add_note);
  return metadata;
}

void apply_metadata(FileSystem& system, int fd, const Metadata& metadata, const std::string& file,
                    const AddNote& add_note) {
  if (metadata.owner || metadata.mode) {
    const struct stat now = stat_of(system, fd, file);
    const bool owner_kept = apply_owner(system, fd, metadata, now, file, add_note);
    mode_t mode = metadata.mode.value_or(now.st_mode & kPermissions);
    if (!owner_kept) mode &= ~static_cast<mode_t>(S_ISUID | S_ISGID);
    if (metadata.has_attributes) drop_inherited_access_list(system, fd, metadata, file, add_note);
    if (metadata.mode) {
      note_or_throw(retried([&] { return system.set_mode(fd, mode); }), fmt::format("mode {:o}", mode), file,
                    add_note);
    }
  }
  for (const auto& [name, value] : metadata.attributes) {
    note_or_throw(retried([&] { return system.set_attribute(fd, name.c_str(), value.data(), value.size()); }),
                  "attribute " + name, file, add_note);
  }
  if (metadata.access_time || metadata.modification_time) {
    constexpr timespec kUnchanged{0, UTIME_OMIT};
    const timespec times[2] = {metadata.access_time.value_or(kUnchanged),
                               metadata.modification_time.value_or(kUnchanged)};
    note_or_throw(retried([&] { return system.set_times(fd, times); }), "times", file, add_note);
  }
}

}  // namespace jireloc
