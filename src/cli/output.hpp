// Standard output and standard error: results go to the one, everything said about the run to the other.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "jireloc/error.hpp"

namespace jireloc::cli {

// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view text) noexcept;

// Results, buffered. Not for several threads at once.
class Output {
 public:
  explicit Output(int descriptor = 1);
  // Appends to `text` instead.
  explicit Output(std::string& text) : text_(&text) {}
  // Both throw Error (io, file "standard output") where writing fails. A closed pipe ends the process
  // quietly, as it ends other tools (see end_by_closed_pipe()).
  void write(std::string_view text);
  void flush();
  // From now on results are dropped.
  void mute() noexcept { muted_ = true; }
  bool is_terminal() const noexcept { return terminal_; }

 private:
  std::string* const text_ = nullptr;
  int descriptor_ = -1;
  bool terminal_ = false;
  bool muted_ = false;
  std::string buffer_;
};

// Standard error, or what takes its place for a host (host.hpp): lines of diagnostics, and below them at most
// one line of progress on a terminal. Safe for threads; whole lines are never mixed.
class Console {
 public:
  static Console& instance();
  // Ready-made lines, each with its newline (see error_line()).
  void lines(std::string_view text);
  // Replaces the line of progress; an empty one removes it. Nothing happens where standard error is no
  // terminal.
  void progress(std::string_view text);
  bool shows_progress() const noexcept { return progress_allowed_; }
  void forbid_progress() noexcept;

 private:
  Console();
  std::mutex mutex_;
  bool progress_allowed_;
  bool progress_shown_ = false;
};

// One line: "jireloc: FILE: offset N: SENTENCE", names made printable.
std::string error_line(const Error& error);
// "jireloc: FILE: SENTENCE"; without the file where it is empty. `sentence` is made printable too.
std::string message_line(std::string_view file, std::string_view sentence);

// Opens /dev/null for those of descriptors 0, 1, 2 that are closed, so that no file of ours takes their
// number. Writing to a standard output that was closed still fails.
void reserve_standard_descriptors();

}  // namespace jireloc::cli
