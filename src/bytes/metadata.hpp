// Owner, mode, times and extended attributes of a file: taken from one, given to another.
#pragma once

#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytes/file_system.hpp"

namespace jireloc {

// Something that was asked for and could not be kept; the file itself is well.
struct Note {
  std::string file, message;
};

// What of a file's metadata its successor keeps.
struct Keep {
  bool mode = true;
  bool owner = true;       // user and group
  bool times = true;       // access and modification, to the nanosecond
  bool attributes = true;  // extended attributes: access lists, security labels, user.*; not capabilities
  // The successor lies elsewhere: what the system grants or says of a file at its place (security.*,
  // trusted.*, set-id and sticky bits) stays behind.
  bool elsewhere = false;
};

// What a file shall look like in the end; what is not set stays as the kernel made it.
struct Metadata {
  std::optional<mode_t> mode;  // permission bits, with set-id and sticky
  std::optional<std::pair<uid_t, gid_t>> owner;
  std::optional<timespec> access_time, modification_time;
  bool has_attributes = false;  // the attributes below are all there shall be
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<std::string> access_list;  // the attribute that the kernel keeps it in
};

using AddNote = std::function<void(std::string message)>;

// What `keep` asks for of the open file `fd`, whose status is given; attributes are read now. Those that
// cannot be read become notes.
Metadata read_metadata(FileSystem& system, int fd, const struct stat& status, const Keep& keep,
                       const std::string& file, const AddNote& add_note);

// Gives it to the open file `fd`: owner, access list, mode, other attributes, times, in this order, since
// each of them may change those before. What the system refuses becomes a note; an input/output error (EIO)
// is thrown. At no moment may anybody do what the old file did not let them: where the owner or the access
// list could not be kept, the mode is narrowed.
void apply_metadata(FileSystem& system, int fd, const Metadata& metadata, const std::string& file,
                    const AddNote& add_note);

}  // namespace jireloc
