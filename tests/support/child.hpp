// Forked children of a test.
#pragma once

namespace jireloc::test {

// Ends a forked child at once, like _exit, without the test's own exits and destructors; but what it ran
// counts where coverage is measured. Not for children with other threads at work.
[[noreturn]] void leave(int status);

}  // namespace jireloc::test
