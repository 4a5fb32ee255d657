// Heaps of huge pages, for programs that work on whole depots.
#pragma once

namespace jireloc {

// From now on malloc of this thread, and of those that this library starts, takes fresh memory from huge
// pages, where the kernel gives them to whoever asks (transparent_hugepage: madvise): a page of 4 KiB that is
// touched for the first time costs more than most of what is then done with it, on virtual machines ten times
// as much. For whoever owns the process, once, while it has one thread: it also keeps what malloc was given
// (mallopt). Nothing happens where memory is limited (RLIMIT_AS, RLIMIT_DATA), with another libc, or under a
// sanitizer.
void use_huge_heaps();

}  // namespace jireloc
