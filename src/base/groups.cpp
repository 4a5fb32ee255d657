#include "base/groups.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>

#include "base/blocked_time.hpp"
#include "base/crew.hpp"

namespace jireloc {
namespace {

class GroupedWork {
 public:
  GroupedWork(size_t count, size_t size, const std::function<void(size_t)>& work)
      : count_(count), size_(size), work_(work) {}

  // What every thread but the calling one does.
  void help(Crew& crew) {
    BlockedTime blocked;
    blocked.begin_pause();
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return failure_ || next_ == count_ || may_begin(); });
      if (failure_ || next_ == count_) return;
      work_on_next(lock, blocked, crew);
    }
  }

  void run(Crew& crew, const std::function<void(size_t, size_t)>& finish) {
    BlockedTime blocked;
    blocked.begin_pause();
    std::unique_lock lock(mutex_);
    while (!failure_ && finished_ < count_) {
      if (is_front_done()) {
        finish_front(lock, finish);
      } else if (may_begin()) {
        work_on_next(lock, blocked, crew);
      } else {
        changed_.wait(lock, [&] { return failure_ || is_front_done() || may_begin(); });
      }
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  bool may_begin() const { return next_ < count_ && next_ - finished_ < kOpenGroups * size_; }
  size_t front_end() const { return std::min(finished_ + size_, count_); }
  size_t& done_of(size_t item) { return done_[item / size_ % kOpenGroups]; }
  bool is_front_done() { return finished_ < count_ && done_of(finished_) == front_end() - finished_; }

  // `blocked` pauses outside of the work itself: where items are small, threads wait for each other often,
  // and that is no waiting for files.
  void work_on_next(std::unique_lock<std::mutex>& lock, BlockedTime& blocked, Crew& crew) {
    const size_t item = next_++;
    bool waits = false;
    attempt(lock, [&] {
      blocked.end_pause();
      work_(item);
      waits = blocked.is_mostly_blocked();
      blocked.begin_pause();
    });
    ++done_of(item);
    if (is_front_done()) changed_.notify_all();
    if (waits && next_ < count_) crew.add();
  }

  void finish_front(std::unique_lock<std::mutex>& lock, const std::function<void(size_t, size_t)>& finish) {
    const size_t begin = finished_, end = front_end();
    attempt(lock, [&] { finish(begin, end); });
    done_of(begin) = 0;
    finished_ = end;
    changed_.notify_all();
  }

  template <typename Step>
  void attempt(std::unique_lock<std::mutex>& lock, Step step) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      step();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (!failure) return;
    failure_ = failure;
    changed_.notify_all();
  }

  const size_t count_, size_;
  const std::function<void(size_t)>& work_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  size_t next_ = 0, finished_ = 0;
  std::array<size_t, kOpenGroups> done_{};
  std::exception_ptr failure_;
};

}  // namespace

void for_all_in_groups(Threads& threads, size_t count, size_t size, const std::function<void(size_t)>& work,
                       const std::function<void(size_t, size_t)>& finish) {
  if (count == 0) return;
  GroupedWork grouped(count, size, work);
  const int at_work = run_with_crew(
      threads, count, [&](Crew& crew) { grouped.run(crew, finish); },
      [&](Crew& crew) { grouped.help(crew); });
  grouped.rethrow();
  threads.first = std::max(threads.first, at_work);
}

}  // namespace jireloc
