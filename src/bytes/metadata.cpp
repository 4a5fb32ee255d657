#include "bytes/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bytes/file_io.hpp"

namespace jireloc {

namespace {

constexpr mode_t kPermissions = 07777;
constexpr char kAccessList[] = "system.posix_acl_access";

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

// Why the successor does not get the attribute; empty: it does.
std::string_view stays_behind(const std::string& name, const Keep& keep) {
  if (signs_content(name)) return "it signs the old content";
  if (name == "security.capability") return "it was granted to the old content";
  const bool systems_own = name.starts_with("security.") || name.starts_with("trusted.");
  return keep.elsewhere && systems_own ? "it belongs to the old place" : "";
}

// A label that every file has, and that a new file gets by the policy for its own place.
bool is_label(const std::string& name) {
  return name == "security.selinux" || name.starts_with("security.SMACK64");
}

void read_attributes(FileSystem& system, int fd, const Keep& keep, Metadata& metadata,
                     const std::string& file, const AddNote& add_note) {
  metadata.has_attributes = true;
  for (const std::string& name : attribute_names(system, fd, file, add_note)) {
    if (const std::string_view why = stays_behind(name, keep); !why.empty()) {
      if (!is_label(name)) add_note(fmt::format("{} not kept: {}", name, why));
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
    if (name == kAccessList)
      metadata.access_list = std::move(value);
    else
      metadata.attributes.emplace_back(name, std::move(value));
  }
}

// What an access list (acl(5), as the kernel stores it) lets the file's own group do; the group bits of its
// mode are the list's mask instead. Nothing where the list is malformed.
mode_t group_bits_of(std::string_view list) {
  constexpr size_t kHeader = 4, kEntry = 8;
  constexpr uint16_t kGroup = 0x04, kMask = 0x10;
  uint16_t group = 0, mask = 07;
  for (size_t at = kHeader; at + kEntry <= list.size(); at += kEntry) {
    uint16_t tag = 0, bits = 0;
    std::memcpy(&tag, list.data() + at, sizeof tag);
    std::memcpy(&bits, list.data() + at + sizeof tag, sizeof bits);
    if (tag == kGroup) group = bits;
    if (tag == kMask) mask = bits;
  }
  return static_cast<mode_t>(group & mask & 07) << 3;
}

// An access list that the folder's default gave the new file grants what the old one may not have granted.
// False where it may still be there.
bool drop_inherited_access_list(FileSystem& system, int fd, const std::string& file,
                                const AddNote& add_note) {
  const int result = retried([&] { return system.remove_attribute(fd, kAccessList); });
  if (result >= 0 || result == -ENODATA || result == -EOPNOTSUPP || result == -ENOSYS) return true;
  note_or_throw(result, "absence of an access list", file, add_note);
  return false;
}

struct Ownership {
  bool user = true, group = true;  // are now as asked
};

Ownership apply_owner(FileSystem& system, int fd, const Metadata& metadata, const struct stat& now,
                      const std::string& file, const AddNote& add_note) {
  if (!metadata.owner || *metadata.owner == std::pair(now.st_uid, now.st_gid)) return {};
  const auto [user, group] = *metadata.owner;
  const int result = retried([&] { return system.set_owner(fd, user, group); });
  if (result >= 0) return {};
  Ownership kept{user == now.st_uid, group == now.st_gid};
  if (result == -EPERM && !kept.group) {
    // A user may still give a file to another group of theirs.
    kept.group = retried([&] { return system.set_owner(fd, static_cast<uid_t>(-1), group); }) >= 0;
  }
  note_or_throw(result, fmt::format("owner {}:{}", user, group), file, add_note);
  return kept;
}

// Gives the file its access list; `mode` becomes what lets nobody do more than before if there is none then.
void apply_access_list(FileSystem& system, int fd, const Metadata& metadata, Ownership owner, mode_t& mode,
                       const std::string& file, const AddNote& add_note) {
  if (!metadata.access_list) {
    if (!drop_inherited_access_list(system, fd, file, add_note)) mode &= ~static_cast<mode_t>(S_IRWXG);
    return;
  }
  const std::string& list = *metadata.access_list;
  int result = -EPERM;  // the group that it speaks of is another now
  if (owner.group)
    result = retried([&] { return system.set_attribute(fd, kAccessList, list.data(), list.size()); });
  if (result >= 0) return;
  note_or_throw(result, "access list", file, add_note);
  mode = (mode & ~static_cast<mode_t>(S_IRWXG)) | group_bits_of(list);
  if (!drop_inherited_access_list(system, fd, file, add_note)) mode &= ~static_cast<mode_t>(S_IRWXG);
}

// What both a group and all others may do is all that anybody may do where the group is another one now.
mode_t narrowed(mode_t mode) {
  const mode_t common = (mode >> 3) & mode & S_IRWXO;
  return (mode & ~static_cast<mode_t>(S_IRWXG | S_IRWXO)) | common << 3 | common;
}

}  // namespace

Metadata read_metadata(FileSystem& system, int fd, const struct stat& status, const Keep& keep,
                       const std::string& file, const AddNote& add_note) {
  Metadata metadata;
  if (keep.mode) metadata.mode = status.st_mode & (keep.elsewhere ? 0777 : kPermissions);
  if (keep.owner) metadata.owner = {status.st_uid, status.st_gid};
  if (keep.times) {
    metadata.access_time = status.st_atim;
    metadata.modification_time = status.st_mtim;
  }
  if (keep.attributes) read_attributes(system, fd, keep, metadata, file, add_note);
  return metadata;
}

void apply_metadata(FileSystem& system, int fd, const Metadata& metadata, const std::string& file,
                    const AddNote& add_note) {
  if (metadata.owner || metadata.mode) {
    const struct stat now = stat_of(system, fd, file);
    const Ownership owner = apply_owner(system, fd, metadata, now, file, add_note);
    mode_t mode = metadata.mode.value_or(now.st_mode & kPermissions);
    if (!owner.user || !owner.group) mode &= ~static_cast<mode_t>(S_ISUID | S_ISGID);
    if (metadata.has_attributes) apply_access_list(system, fd, metadata, owner, mode, file, add_note);
    if (!owner.group) mode = narrowed(mode);
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
