// Whether a thread computes or waits for files.
#pragma once

#include <chrono>

namespace jireloc {

// Belongs to the thread that makes it, and is used by that one alone.
class BlockedTime {
 public:
  BlockedTime();

  // Between the two the thread has nothing to do, which counts for nothing.
  void begin_pause();
  void end_pause();

  // Whether the thread, over a while that has just ended, mostly waited for what it works with: files on a
  // disk or behind a network. Never while such a while lasts. Waiting for a processor does not count: the
  // voluntary context switches (getrusage) tell it apart.
  bool is_mostly_blocked();

 private:
  using Clock = std::chrono::steady_clock;
  struct Usage {
    std::chrono::microseconds processor{};
    long voluntary_switches = 0;
  };
  static Usage usage();
  void start_over(Clock::time_point now);

  Clock::time_point begin_{}, pause_begin_{};
  Clock::duration paused_{};
  long pauses_ = 0;
  Usage usage_;
};

}  // namespace jireloc
