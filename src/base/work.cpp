#include "base/work.hpp"

#include <fmt/format.h>

#include <ctime>

#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc {
namespace {

thread_local SpentWork spent;
WorkLimits limits;

int64_t seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec;
}
int64_t thread_seconds() {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);  // a system call
}
int64_t seconds_passed() {
  return seconds_of(CLOCK_MONOTONIC_COARSE);  // none
}

struct Named {
  std::string_view name;
  uint64_t WorkLimits::*value;
  bool bytes;
};
constexpr Named kNamed[] = {{"hashed", &WorkLimits::hashed, true},
                            {"decompressed", &WorkLimits::decompressed, true},
                            {"expansion", &WorkLimits::expansion, false},
                            {"toml-nodes", &WorkLimits::toml_nodes, false},
                            {"seconds", &WorkLimits::seconds, false}};

// What may be hashed or decompressed between two looks at the clock: each is a system call, and a small file
// takes no time. A call counts as some bytes, for empty files.
constexpr uint64_t kBetweenLooks = uint64_t{512} << 10, kOfOneCall = 4096;

void spend(uint64_t& sum, uint64_t amount, uint64_t most, std::string_view what, std::string_view limit,
           const std::string& file) {
  if (!spent.counts) return;
  sum += amount;
  if (sum > most)
    throw Error(ErrorKind::too_large, fmt::format("more than {} {} for one item", most, what), file, {},
                fix::Choose{Setting::limit, std::string(limit)});
  spent.since_look += amount + kOfOneCall;
  if (spent.since_look < kBetweenLooks) return;
  spent.since_look = 0;
  spend_time(file);
}

}  // namespace

void set_work_limits(const WorkLimits& wanted) noexcept {
  limits = wanted;
}
const WorkLimits& work_limits() noexcept {
  return limits;
}

bool set_limit(WorkLimits& wanted, std::string_view name, uint64_t value) noexcept {
  for (const Named& named : kNamed) {
    if (named.name == name) return wanted.*named.value = value, true;
  }
  return false;
}

bool is_limit_in_bytes(std::string_view name) noexcept {
  for (const Named& named : kNamed) {
    if (named.name == name) return named.bytes;
  }
  return false;
}

ItemWork::ItemWork() : outermost_(!spent.counts) {
  if (outermost_) spent = {.counts = true};
}
ItemWork::~ItemWork() {
  if (outermost_) spent.counts = false;
}

OwnItemWork::OwnItemWork() : around_(spent) {
  spent = {.counts = true};
}
OwnItemWork::~OwnItemWork() {
  const int64_t began = spent.began;
  spent = around_;
  if (began >= 0 && spent.began >= 0) spent.began += thread_seconds() - began;
}

void spend_hashed(uint64_t bytes, const std::string& file) {
  spend(spent.hashed, bytes, limits.hashed, "bytes were hashed", "hashed", file);
}
void spend_decompressed(uint64_t bytes, const std::string& file) {
  spend(spent.decompressed, bytes, limits.decompressed, "bytes were decompressed", "decompressed", file);
}

void spend_time(const std::string& file) {
  if (!spent.counts) return;
  const auto most = static_cast<int64_t>(std::min<uint64_t>(limits.seconds, INT32_MAX));
  // A thread cannot have worked for longer than has passed.
  if (spent.began >= 0 && seconds_passed() - spent.passed_before < most) return;
  const int64_t now = thread_seconds();
  if (spent.began < 0) {
    spent.began = now;
    spent.passed_before = seconds_passed();
  }
  if (now - spent.began > most)
    throw Error(ErrorKind::too_large,
                fmt::format("more than {} seconds of processor time for one item", limits.seconds), file, {},
                fix::Choose{Setting::limit, "seconds"});
}

}  // namespace jireloc
