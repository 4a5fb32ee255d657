#include "base/blocked_time.hpp"

#include <sys/resource.h>

namespace jireloc {
namespace {

using namespace std::chrono_literals;

constexpr auto kShortest = 20ms, kLongest = 400ms;
constexpr long kFewSwitches = 4;  // page faults and locks give some now and then

std::chrono::microseconds duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

BlockedTime::Usage BlockedTime::Usage::operator-(const Usage& other) const {
  return {wall - other.wall, processor - other.processor, voluntary_switches - other.voluntary_switches};
}

BlockedTime::Usage BlockedTime::Usage::operator+(const Usage& other) const {
  return {wall + other.wall, processor + other.processor, voluntary_switches + other.voluntary_switches};
}

BlockedTime::Usage BlockedTime::now() {
  rusage used{};
  if (::getrusage(RUSAGE_THREAD, &used) != 0) return {};
  return {Clock::now().time_since_epoch(), duration(used.ru_utime) + duration(used.ru_stime), used.ru_nvcsw};
}

BlockedTime::BlockedTime() : begin_(now()) {}

void BlockedTime::begin_pause() {
  pause_begin_ = now();
}

void BlockedTime::end_pause() {
  paused_ = paused_ + (now() - pause_begin_);
}

bool BlockedTime::is_mostly_blocked() {
  if (Clock::now().time_since_epoch() - begin_.wall - paused_.wall < kShortest) return false;
  const Usage end = now(), busy = end - begin_ - paused_;
  const bool computes = busy.processor >= busy.wall / 2;
  const bool waits = !computes && busy.voluntary_switches >= kFewSwitches;
  // Slow files give few switches: then a longer while tells.
  if (computes || waits || busy.wall > kLongest) {
    begin_ = end;
    paused_ = {};
  }
  return waits;
}

}  // namespace jireloc
