// One line on a terminal that says how far a batch has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/exit_status.hpp"
#include "cli/host.hpp"

namespace jireloc::cli {

// "[###...] 31/100 images, 12/s, 6 s left, 1 failed". Rate and remaining time come after two seconds: before,
// they say little. `total` 0: not known.
std::string progress_line(const std::string& things, uint64_t done, uint64_t total, uint64_t failed,
                          std::chrono::duration<double> elapsed);

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
  std::string things_;
  uint64_t total_, done_ = 0, failed_ = 0;
  bool shown_;
  std::chrono::steady_clock::time_point begun_, drawn_;  // where it is shown
  Host* const host_ = current_host();  // it is told instead
};

}  // namespace jireloc::cli
