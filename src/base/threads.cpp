#include "base/threads.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/blocked_time.hpp"

namespace jireloc {
namespace {

class Crew {
 public:
  Crew(const Threads& threads, size_t count, const std::function<void(size_t)>& work)
      : most_(std::min(static_cast<size_t>(threads.most), count)), count_(count), work_(work) {
    const size_t first = std::min(static_cast<size_t>(threads.first), count);
    for (size_t thread = 1; thread < first; ++thread) add();
  }

  // Gives the number of threads.
  size_t run() {
    loop();
    std::vector<std::jthread> others;
    {
      // Nothing is left to begin: who comes after us adds no thread.
      const std::lock_guard lock(mutex_);
      others.swap(others_);
    }
    for (std::jthread& thread : others) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return others.size() + 1;
  }

 private:
  void add() {
    const std::lock_guard lock(mutex_);
    if (others_.size() + 1 >= most_ || next_ >= count_) return;
    try {
      others_.emplace_back([this] { loop(); });
    } catch (const std::system_error&) {
      most_ = 0;  // a limit of the system: those that are there do it all
    }
  }

  void loop() {
    BlockedTime blocked;
    for (size_t i = next_++; i < count_; i = next_++) {
      try {
        work_(i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        next_ = count_;
      }
      if (blocked.is_mostly_blocked()) add();
    }
  }

  size_t most_;
  const size_t count_;
  const std::function<void(size_t)>& work_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> others_;
};

}  // namespace

void for_all(Threads& threads, size_t count, const std::function<void(size_t)>& work) {
  const size_t number = Crew(threads, count, work).run();
  threads.first = std::max(threads.first, static_cast<int>(number));
}

}  // namespace jireloc
