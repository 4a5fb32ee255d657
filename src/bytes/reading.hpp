// The file system that files are read through where a caller names none: proofs, look-ups, cache files. One
// for the process, so that tests can make each of these calls fail as well.
#pragma once

#include "bytes/file_system.hpp"

namespace jireloc {

// The kernel's own, unless a test has put another into its place.
FileSystem& reading_file_system() noexcept;

// Puts another into its place while it lives. For tests; not while other threads read.
class ReadingThrough {
 public:
  explicit ReadingThrough(FileSystem& system) noexcept;
  ReadingThrough(const ReadingThrough&) = delete;
  ReadingThrough& operator=(const ReadingThrough&) = delete;
  ~ReadingThrough();

 private:
  FileSystem* before_;
};

}  // namespace jireloc
