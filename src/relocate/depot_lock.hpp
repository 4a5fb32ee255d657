// One writer at a time in a depot.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bytes/file_io.hpp"

namespace jireloc {

// The exclusive lock (flock) of the depot's lock file, ".jireloc-lock". The kernel releases it when its
// holder dies, on network file systems that have flock too. The file stays, and says who holds it: process,
// host, time in UTC. It may be opened by those who may write to the depot, for whoever may open it can hold
// it.
class DepotLock {
 public:
  struct Options {
    std::chrono::milliseconds timeout{0};  // 0: one try
    // Called once before waiting, with a sentence that names the holder.
    std::function<void(const std::string& holder)> waiting = {};
    // Asked while waiting; true: Error (interrupted).
    std::function<bool()> stop = {};
  };
  // Throws Error: conflict, naming the holder, if it was not free in time; unsupported where something else
  // has the lock file's name: a link, a device, a file with a second name, or somebody's who is neither root,
  // nor we, nor the depot's owner, unless others may write to the depot. Nothing is written to it then. io;
  // interrupted.
  DepotLock(FileSystem& system, const Folder& depot, const Options& options);
  DepotLock(FileSystem& system, const Folder& depot) : DepotLock(system, depot, Options()) {}

 private:
  Descriptor file_;
};

// A run that is at work waits at least so long: others hold the lock only while they put things into place.
inline constexpr std::chrono::milliseconds kWhileAtWork{60'000};

// Throws Error (unsupported) if everybody may write to the folder: whoever may, could put other things under
// the names that are to come, sticky bit or not.
void require_not_world_writable(FileSystem& system, const Folder& folder);

}  // namespace jireloc
