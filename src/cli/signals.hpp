// Ending early without leaving anything behind.
#pragma once

namespace jireloc::cli {

// SIGINT and SIGTERM end the process with 130 and 143. SIGPIPE is ignored: a failed write is seen where it is
// made.
void install_signal_handlers();

// For commands that write files: from now on `cleanup` is called before the process ends by a signal or a
// closed pipe. It runs on a thread of its own while workers may be at work, so it must be safe for threads
// and keep them from creating new temporary files. Call it before any other thread is started. Programs that
// are run from then on should have their signal mask cleared.
void call_on_interrupt(void (*cleanup)());

// Cleans up and ends the process as SIGPIPE would.
[[noreturn]] void end_by_closed_pipe();

}  // namespace jireloc::cli
