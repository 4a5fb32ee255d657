// Many items on several threads, results in the order of the items.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/blocked_time.hpp"
#include "base/threads.hpp"

namespace jireloc::cli {

// Calls work(item) for every item that next() gives (a std::optional, empty at the end), on several threads,
// and emit(result) in the order of the items. next and emit are called on the calling thread only. At most a
// fixed multiple of the threads' number of items are in flight, so memory does not grow with theirs. What
// work throws is thrown here when its turn comes; items not begun by then are dropped. As long as threads
// spend most of their time waiting for files, their number is doubled, up to threads.most.
//
// Waking a thread costs as much as looking at a small image. So the calling thread sleeps until the workers
// have used up half of what it gave them, or for a moment where the result that is next takes long.
template <class Next, class Work, class Emit>
void in_order(const Threads& threads, Next next, Work work, Emit emit) {
  using Item = typename std::invoke_result_t<Next>::value_type;
  using Result = std::invoke_result_t<Work, Item&>;
  // A single item needs no thread, and starting one costs as much as looking at a small image.
  std::optional<Item> ahead = next();
  std::optional<Item> second = ahead ? next() : std::nullopt;
  const auto take = [&] {
    if (ahead) return std::exchange(ahead, std::nullopt);
    return second ? std::exchange(second, std::nullopt) : next();
  };
  if (threads.most <= 1 || !second) {
    const bool single = !second;
    while (std::optional<Item> item = take()) {
      emit(work(*item));
      if (single) return;
    }
    return;
  }

  struct Slot {
    explicit Slot(Item&& taken) : item(std::move(taken)) {}
    Item item;
    std::optional<Result> result;
    std::exception_ptr failure;
    bool done = false;
  };
  std::mutex mutex;
  std::condition_variable work_ready, result_ready;
  std::deque<Slot*> waiting;
  const Slot* awaited = nullptr;  // whose result is next, while the calling thread sleeps
  bool closed = false, wants_help = false;
  auto most = static_cast<size_t>(threads.most);
  size_t wanted = static_cast<size_t>(threads.first), window = wanted * 8;
  const auto is_time_to_refill = [&] { return waiting.size() <= window / 2; };
  constexpr std::chrono::milliseconds moment{20};

  const auto run_worker = [&] {
    BlockedTime blocked;
    blocked.begin_pause();
    std::unique_lock lock(mutex);
    while (true) {
      work_ready.wait(lock, [&] { return closed || !waiting.empty(); });
      if (waiting.empty()) return;
      Slot& slot = *waiting.front();
      waiting.pop_front();
      lock.unlock();
      blocked.end_pause();
      try {
        slot.result.emplace(work(slot.item));
      } catch (...) {
        slot.failure = std::current_exception();
      }
      const bool needs_help = blocked.is_mostly_blocked();
      blocked.begin_pause();
      lock.lock();
      slot.done = true;
      wants_help |= needs_help && wanted < most;
      if (awaited != nullptr && (wants_help || (awaited->done && is_time_to_refill()))) {
        awaited = nullptr;
        result_ready.notify_one();
      }
    }
  };

  std::deque<std::unique_ptr<Slot>> in_flight;
  std::vector<std::jthread> workers;  // joined before the slots go
  struct Close {
    std::mutex& mutex;
    std::condition_variable& ready;
    std::deque<Slot*>& waiting;
    bool& closed;
    ~Close() {
      const std::lock_guard lock(mutex);
      closed = true;
      waiting.clear();
      ready.notify_all();
    }
  } close{mutex, work_ready, waiting, closed};

  bool more = true;
  while (more || !in_flight.empty()) {
    while (more && in_flight.size() < window) {
      std::optional<Item> item = take();
      more = item.has_value();
      if (!more) break;
      in_flight.push_back(std::make_unique<Slot>(std::move(*item)));
      // Threads are started only when there is work for them: one file costs one thread.
      if (workers.size() < wanted) {
        try {
          workers.emplace_back(run_worker);
        } catch (const std::system_error&) {
          if (workers.empty()) throw;
          const std::lock_guard lock(mutex);
          most = wanted = workers.size();  // a limit of the system: those that are there do it all
        }
      }
      const std::lock_guard lock(mutex);
      waiting.push_back(in_flight.back().get());
      work_ready.notify_one();
    }
    if (in_flight.empty()) break;
    Slot& front = *in_flight.front();
    {
      std::unique_lock lock(mutex);
      const auto is_time = [&] { return wants_help || (front.done && is_time_to_refill()); };
      while (!front.done && !wants_help) {
        awaited = &front;
        result_ready.wait_for(lock, moment, is_time);
      }
      awaited = nullptr;
      if (std::exchange(wants_help, false)) {
        wanted = std::min(most, wanted * 2);
        window = wanted * 8;
      }
      if (!front.done) continue;
    }
    if (front.failure) std::rethrow_exception(front.failure);
    emit(std::move(*front.result));
    in_flight.pop_front();
  }
}

}  // namespace jireloc::cli
