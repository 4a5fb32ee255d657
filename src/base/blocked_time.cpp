#include "base/blocked_time.hpp"

#include <sys/resource.h>

namespace jireloc {
namespace {

constexpr std::chrono::milliseconds kWhile{20};
constexpr long kFewSwitches = 4;  // page faults and locks give some now and then

std::chrono::microseconds duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

BlockedTime::Usage BlockedTime::usage() {
  rusage now{};
  if (::getrusage(RUSAGE_THREAD, &now) != 0) return {};
  return {duration(now.ru_utime) + duration(now.ru_stime), now.ru_nvcsw};
}

BlockedTime::BlockedTime() {
  start_over(Clock::now());
}

void BlockedTime::start_over(Clock::time_point now) {
  begin_ = now;
  paused_ = {};
  pauses_ = 0;
  usage_ = usage();
}

void BlockedTime::begin_pause() {
  pause_begin_ = Clock::now();
}

void BlockedTime::end_pause() {
  paused_ += Clock::now() - pause_begin_;
  ++pauses_;
}

bool BlockedTime::is_mostly_blocked() {
  const Clock::time_point now = Clock::now();
  const Clock::duration busy = now - begin_ - paused_;
  if (busy < kWhile) return false;
  const Usage before = usage_;
  const long pauses = pauses_;
  start_over(now);
  const Clock::duration computed = usage_.processor - before.processor;
  const long switches = usage_.voluntary_switches - before.voluntary_switches - pauses;
  return computed < busy / 2 && switches >= kFewSwitches;
}

}  // namespace jireloc
