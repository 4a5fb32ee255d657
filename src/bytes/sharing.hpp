// Whether a new name for an existing file is as good as a copy of it.
#pragma once

#include <sys/stat.h>

#include "bytes/file_system.hpp"

namespace jireloc {

// A hard link shares the file with everybody who may change it, now and later. True only for a regular file
// of one name that belongs to `owner` (of the place where the new name shall be) or to root, that its group
// and others may not write, that has no set-id or sticky bit, and no extended attribute (a capability, an access
// list, user.*) but a label. `fd` is the open file, `info` its status. What cannot be found out counts against it.
bool may_be_shared(FileSystem& system, int fd, const struct stat& info, uid_t owner);

}  // namespace jireloc
