// Whether a thread computes or waits for files.
#pragma once

#include <chrono>

namespace jireloc {

// Belongs to the thread that makes it, and is used by that one alone.
class BlockedTime {
 public:
  BlockedTime();

  // Between the two the thread waits for other threads, which counts for nothing.
  void begin_pause();
  void end_pause();

  // Whether the thread, over a while that has just ended, mostly waited for what it works with: files on a
  // disk or behind a network. Never while such a while lasts. Waiting for a processor does not count: it
  // takes voluntary context switches (getrusage), one for at most a tenth of a second.
  bool is_mostly_blocked();

 private:
  using Clock = std::chrono::steady_clock;
  // What has passed since some moment.
  struct Usage {
    Clock::duration wall{}, processor{};
    long voluntary_switches = 0;
    Usage operator-(const Usage& other) const;
    Usage operator+(const Usage& other) const;
  };
  static Usage now();

  Usage begin_, pause_begin_, paused_;
};

}  // namespace jireloc
