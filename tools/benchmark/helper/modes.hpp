// The modes of bench-helper. Each throws std::exception where it cannot measure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bench {

// SECONDS: GB/s of every CRC-32C kernel, of ISA-L's where it was built in, and of a plain read loop, for
// sizes from 64 bytes to 64 MB, several rounds of all in turns.
void crc_speed(const std::vector<std::string>& arguments);
// SECONDS PATTERN FILE: GB/s of memmem over the file, and of a read loop.
void search_speed(const std::vector<std::string>& arguments);
// RUNS A... -- B...: milliseconds of both commands, in turns.
void spawn_times(const std::vector<std::string>& arguments);
// FILE COMMAND...: runs the command and writes what it cost to FILE. From here and not from Python: a process
// inherits the peak memory of the one that it was started by.
void measure_command(const std::vector<std::string>& arguments);
// [--jobs N] FOLDER...: prints the git tree hash of each, and in the end their number and bytes, and the
// seconds that hashing took. Names come from standard input where the only one is "-".
void tree_hashes(const std::vector<std::string>& arguments);
// The same arguments: only opens, reads and closes every file. No tree hash can take less.
void read_trees(const std::vector<std::string>& arguments);
// JOBS FROM TO SOURCES: copies the files below FROM to TO and reads the files that SOURCES names, each name
// ended by NUL, on so many threads: each byte read once and written once, and no check made.
void copy_and_read(const std::vector<std::string>& arguments);
// JOBS FROM TO SOURCES OLD [parsed]: the same, and nothing less than what relocating asks of any program: each source
// looked at and checksummed once, each folder among them, whose name ends in "/", hashed as git hashes a tree,
// each image checksummed once, searched once for OLD, written under another name, with its mode and times, and
// renamed. No header is parsed, but with `parsed`: then each .ji and each native library is, once, by jireloc's
// parsers. Nothing is judged, no identity kept.
void relocate_least(const std::vector<std::string>& arguments);

// JOBS LEVEL DEPOT BUNDLE: reads each file of a depot's packages and compiled once, hashes it, and compresses
// it as `pack` does. What it writes can be unpacked by tar, and has no manifest.
void pack_least(const std::vector<std::string>& arguments);
// JOBS BUNDLE TARGET: unpacks a bundle of small files, each hashed, images checksummed twice, and written
// once under its own name.
void unpack_least(const std::vector<std::string>& arguments);
// JOBS SOURCE TARGET: reads the record that `relocate` has left in a target, and asks for the status of each
// file and folder that it names, once. Nothing is compared, listed or opened.
void look_least(const std::vector<std::string>& arguments);
// calls|ring SOURCES: looks at, opens, reads and closes each file that SOURCES names, each name ended by NUL,
// on one thread: call by call, or by io_uring eight files at a time.
void read_sources(const std::vector<std::string>& arguments);

// The names in a file, each ended by NUL.
std::vector<std::string> names_of(const std::string& file);

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Reads every byte and does the least with it: what memory gives.
uint64_t read_loop(const char* data, size_t size) noexcept;

}  // namespace bench
