// Ending early: what files in the making leave behind is taken away.
#pragma once

#include "jireloc/real_file_system.hpp"

namespace jireloc {

// Unlinks every temporary file that this process has registered, and lets no more be made: it waits up to 0.2
// s for those in the making. Async-signal-safe; meant for the end of the process on SIGINT or SIGTERM (_exit
// right after): a transaction that goes on finds its files gone and fails. A child of fork() removes nothing
// of its parent's. Folders are left.
void remove_live_temporaries() noexcept;

// Removes the temporary folders, with all they hold, after that; from an ordinary thread, no signal handler.
void remove_live_trees(FileSystem& system = real_file_system()) noexcept;

}  // namespace jireloc
