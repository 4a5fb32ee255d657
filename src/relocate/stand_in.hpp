// What stands at the target for something in the source.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"

namespace jireloc::relocating {

// As it was when this run verified it.
struct StandIn {
  std::string relative;      // below the target
  FileIdentity verified;     // of the package's or artifact's folder, or of the .ji
  std::string library = {};  // the native library's path below the target; empty where there is none
  FileIdentity verified_library = {};
};

// What stands at `relative` below the target now, for remove_moved. Throws Error (io).
StandIn stand_in_for_tree(FileSystem& system, const Folder& target, const std::string& relative);
StandIn stand_in_for_image(FileSystem& system, const Folder& target, const std::string& relative);

// An entry below an open depot; nothing where it, or a folder on the way, is not there.
std::optional<struct stat> entry_below(FileSystem& system, const Folder& top, const std::string& relative);

}  // namespace jireloc::relocating
