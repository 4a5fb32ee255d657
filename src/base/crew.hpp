// Threads, and more of them while those that are there wait for files.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "jireloc/in_order.hpp"

namespace jireloc {

class Crew {
 public:
  // `run` is what each thread does: it returns when nothing is left. No more than `most` come to be.
  Crew(size_t most, std::function<void(Crew&)> run) : most_(most), run_(std::move(run)) {}
  ~Crew() { join(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // One thread more, where there are fewer than `most` and the system has one. For any thread: one that finds
  // that it mostly waits (BlockedTime) calls it, so that their number doubles while all do. False: it was
  // not.
  bool add();
  size_t size() const;
  // Waits until all have returned; none is added from now on.
  void join();

 private:
  mutable std::mutex mutex_;
  size_t most_;
  const std::function<void(Crew&)> run_;
  std::vector<std::jthread> threads_;
};

// Work for `count` items, at least one: `own` on the calling thread, `others` on those beside it, of which
// there are as many as `threads` says, but not more than items. When all have returned, how many were at
// work.
int run_with_crew(const Threads& threads, size_t count, const std::function<void(Crew&)>& own,
                  const std::function<void(Crew&)>& others);

}  // namespace jireloc
