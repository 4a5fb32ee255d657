// One line on a terminal that says how far a batch has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/exit_status.hpp"

namespace jireloc::cli {

// Drawn at most some ten times a second, and only where standard error is a terminal. For one thread.
class Progress {
 public:
  // `things` is what is counted, in the plural; `total` 0 where it is not known beforehand.
  explicit Progress(std::string things, uint64_t total = 0);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(ExitStatus status = ExitStatus::well);
  // Removes the line.
  void finish();

 private:
  std::string line() const;
  std::string things_;
  uint64_t total_, done_ = 0, failed_ = 0;
  std::chrono::steady_clock::time_point drawn_;
  bool shown_;
};

}  // namespace jireloc::cli
