#include "base/threads.hpp"

#include <atomic>
#include <exception>
#include <mutex>

#include "base/blocked_time.hpp"
#include "base/crew.hpp"

namespace jireloc {

void for_all(Threads& threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](Crew& others) {
    BlockedTime blocked;
    for (size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        next = count;
      }
      if (blocked.is_mostly_blocked() && next < count) others.add();
    }
  };
  if (count == 0) return;
  const int at_work = run_with_crew(threads, count, run, run);
  if (failure) std::rethrow_exception(failure);
  threads.first = std::max(threads.first, at_work);
}

void for_all_shares(Threads& threads, size_t things, const std::function<void(Share)>& work) {
  const Shares shares(things);
  for_all(threads, shares.count(), [&](size_t share) { work(shares[share]); });
}

}  // namespace jireloc
