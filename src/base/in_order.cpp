#include "jireloc/in_order.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

#include "base/blocked_time.hpp"
#include "base/crew.hpp"
#include "base/work.hpp"

namespace jireloc {
namespace {

using NextTask = std::function<std::unique_ptr<Task>()>;

struct Slot {
  std::unique_ptr<Task> task;
  std::exception_ptr failure = nullptr;
  bool done = false;

  void work() noexcept {
    try {
      const ItemWork counted;
      task->work();
    } catch (...) {
      failure = std::current_exception();
    }
  }
};

// Waking a thread costs as much as looking at a small image. So the calling thread sleeps until the workers
// have used up half of what it gave them, or for a moment where the result that is next takes long.
class OrderedQueue {
 public:
  OrderedQueue(const Threads& threads, const NextTask& next)
      : first_(static_cast<size_t>(threads.first)),
        next_(next),
        crew_(static_cast<size_t>(threads.most), [this](Crew& crew) { work(crew); }) {}
  ~OrderedQueue() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      waiting_.clear();
    }
    work_ready_.notify_all();
    crew_.join();
  }
  OrderedQueue(const OrderedQueue&) = delete;
  OrderedQueue& operator=(const OrderedQueue&) = delete;

  void run() {
    for (refill(); !in_flight_.empty(); refill()) {
      if (!wait_for_front()) continue;
      const Slot& front = in_flight_.front();
      if (front.failure) std::rethrow_exception(front.failure);
      front.task->emit();
      in_flight_.pop_front();
    }
  }

 private:
  // Also before the first threads are there: they come with the tasks.
  size_t window() const { return 8 * std::max(crew_.size(), first_); }

  void refill() {
    while (more_ && in_flight_.size() < window()) {
      auto task = next_();
      more_ = task != nullptr;
      if (more_) give(in_flight_.emplace_back(Slot{std::move(task)}));
    }
  }

  // Threads are started only when there is work for them: one file costs one thread.
  void give(Slot& slot) {
    if (crew_.size() < first_) crew_.add();
    if (crew_.size() == 0) {  // the system has none
      slot.work();
      slot.done = true;
      return;
    }
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&slot);
    work_ready_.notify_one();
  }

  // False: there are more threads now, and nothing for them to do.
  bool wait_for_front() {
    constexpr std::chrono::milliseconds kMoment{20};
    const Slot& front = in_flight_.front();
    std::unique_lock lock(mutex_);
    while (!front.done && !(more_ && in_flight_.size() < window())) {
      awaited_ = &front;
      result_ready_.wait_for(lock, kMoment, [&] { return front.done && is_time_to_refill(); });
    }
    awaited_ = nullptr;
    return front.done;
  }

  bool is_time_to_refill() const { return waiting_.size() <= window() / 2; }

  void work(Crew& crew) {
    BlockedTime blocked;
    blocked.begin_pause();
    std::unique_lock lock(mutex_);
    while (true) {
      work_ready_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Slot& slot = *waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      blocked.end_pause();
      slot.work();
      if (blocked.is_mostly_blocked()) crew.add();
      blocked.begin_pause();
      lock.lock();
      slot.done = true;
      if (awaited_ == nullptr || !awaited_->done || !is_time_to_refill()) continue;
      awaited_ = nullptr;
      result_ready_.notify_one();
    }
  }

  const size_t first_;
  const NextTask& next_;
  bool more_ = true;
  std::deque<Slot> in_flight_;  // never moved while they are in it

  std::mutex mutex_;  // of what follows
  std::condition_variable work_ready_, result_ready_;
  std::deque<Slot*> waiting_;
  const Slot* awaited_ = nullptr;  // whose result is next, while the calling thread sleeps
  bool closed_ = false;

  Crew crew_;
};

}  // namespace

void do_in_order(const Threads& threads, const NextTask& next) {
  std::unique_ptr<Task> first = next(), second = first ? next() : nullptr;
  if (!first) return;
  const bool single = !second;
  const NextTask rest = [&] {
    if (first) return std::move(first);
    return second ? std::move(second) : next();
  };
  if (threads.most > 1 && !single) return OrderedQueue(threads, rest).run();
  // A single item needs no thread, and starting one costs as much as looking at a small image.
  while (auto task = rest()) {
    {
      const ItemWork counted;
      task->work();
    }
    task->emit();
    if (single) return;
  }
}

}  // namespace jireloc
