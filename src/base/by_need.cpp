// for_all_by_need.
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "base/blocked_time.hpp"
#include "base/crew.hpp"
#include "base/work.hpp"
#include "jireloc/in_order.hpp"

namespace jireloc {
namespace {

class Queue {
 public:
  Queue(const std::vector<std::vector<size_t>>& needs, const std::function<void(size_t)>& work)
      : work_(work), missing_(needs.size()), needed_by_(needs.size()), left_(needs.size()) {
    for (size_t item = 0; item < needs.size(); ++item) {
      missing_[item] = needs[item].size();
      for (const size_t need : needs[item]) needed_by_[need].push_back(item);
      if (missing_[item] == 0) ready_.push_back(item);
    }
  }

  void run(Crew& crew) {
    BlockedTime blocked;
    std::unique_lock lock(mutex_);
    while (const auto item = next(lock, blocked)) {
      lock.unlock();
      const std::exception_ptr failure = work(*item);
      const bool more = blocked.is_mostly_blocked();
      lock.lock();
      finish(*item, failure);
      if (more && !ready_.empty()) crew.add();
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::optional<size_t> next(std::unique_lock<std::mutex>& lock, BlockedTime& blocked) {
    if (ready_.empty() && at_work_ == 0) release_circles();
    blocked.begin_pause();
    changed_.wait(lock, [&] { return !ready_.empty() || left_ == 0; });
    blocked.end_pause();
    if (left_ == 0) return std::nullopt;
    const size_t item = ready_.front();
    ready_.pop_front();
    ++at_work_;
    return item;
  }

  std::exception_ptr work(size_t item) const noexcept {
    try {
      const ItemWork counted;
      work_(item);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  void finish(size_t item, const std::exception_ptr& failure) {
    --at_work_;
    if (left_ == 0) return;  // one before has failed
    failure_ = failure;
    left_ = failure ? 0 : left_ - 1;
    if (left_ == 0) return changed_.notify_all();
    for (const size_t other : needed_by_[item])
      if (missing_[other] != 0 && --missing_[other] == 0) ready_.push_back(other);
    // The thread that comes from here takes one itself.
    for (size_t k = 1; k < ready_.size(); ++k) changed_.notify_one();
  }

  void release_circles() {
    for (size_t item = 0; item < missing_.size(); ++item)
      if (std::exchange(missing_[item], 0) != 0) ready_.push_back(item);
    changed_.notify_all();
  }

  const std::function<void(size_t)>& work_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<size_t> missing_;  // how many of its needs, by item
  std::vector<std::vector<size_t>> needed_by_;
  std::deque<size_t> ready_;
  size_t at_work_ = 0, left_;
  std::exception_ptr failure_;
};

}  // namespace

void for_all_by_need(const Threads& threads, const std::vector<std::vector<size_t>>& needs,
                     const std::function<void(size_t)>& work) {
  if (needs.empty()) return;
  Queue queue(needs, work);
  const auto run = [&](Crew& crew) { queue.run(crew); };
  run_with_crew(threads, needs.size(), run, run);
  queue.rethrow();
}

}  // namespace jireloc
