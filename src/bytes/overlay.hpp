// The marks that an overlay file system leaves in its upper folder (the kernel's
// Documentation/filesystems/overlayfs.rst). Whoever looks at the mounted overlay sees none of them.
#pragma once

#include <sys/stat.h>

#include <string>

#include "bytes/file_system.hpp"

namespace jireloc {

// "What had this name was deleted": a character device 0:0. Such a device is nothing else.
bool is_whiteout_device(const struct stat& info) noexcept;
// The same in either form: also an empty file with the attribute overlay.whiteout (Linux 6.7 and later).
bool is_whiteout(FileSystem& system, int folder, const std::string& name, const struct stat& info);

struct OverlayMarks {
  bool metacopy = false;  // a file whose owner or mode was changed: its content is a lower layer's
  bool redirect =
      false;            // it was renamed: what it holds beside this lies in a lower layer, under another name
  bool merged = false;  // a folder that a lower layer has too, and shows through it
};

// Those of an open file or folder, with either prefix ("trusted." needs root's rights to be seen, "user."
// none).
OverlayMarks overlay_marks(FileSystem& system, int fd);

}  // namespace jireloc
