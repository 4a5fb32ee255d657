// Many items on several threads: results in the order of the items, or each item after those that it needs.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace jireloc {

// How many threads to begin with, and how many at most while those mostly wait for files.
struct Threads {
  int first = 1, most = 1;
  explicit Threads(int number) : Threads(number, number) {}
  Threads(int first_ones, int most_ones) : first(std::max(1, first_ones)), most(std::max(first, most_ones)) {}
};

class Task {
 public:
  virtual ~Task() = default;
  virtual void work() = 0;  // on any thread
  virtual void emit() = 0;  // on the calling one, when it and all before it are done
};

// Does every task that next() gives (null at the end). next and emit are called on the calling thread only.
// At most a fixed multiple of the threads' number of tasks are in flight, so memory does not grow with
// theirs. Each is one item of work_limits.hpp: beyond them work throws Error (too_large). What work throws is
// thrown here when its turn comes; tasks not begun by then are dropped.
void do_in_order(const Threads& threads, const std::function<std::unique_ptr<Task>()>& next);

// Calls work(item) for every item that next() gives (a std::optional, empty at the end), and emit(result) in
// the order of the items.
template <class Next, class Work, class Emit>
void in_order(const Threads& threads, Next next, Work work, Emit emit) {
  using Item = typename std::invoke_result_t<Next>::value_type;
  struct ItemTask final : Task {
    ItemTask(Item&& taken, Work& how, Emit& where) : item_(std::move(taken)), work_(how), emit_(where) {}
    void work() override { result_.emplace(work_(item_)); }
    void emit() override { emit_(std::move(*result_)); }
    Item item_;
    Work& work_;
    Emit& emit_;
    std::optional<std::invoke_result_t<Work, Item&>> result_;
  };
  do_in_order(threads, [&]() -> std::unique_ptr<Task> {
    std::optional<Item> item = next();
    if (!item) return nullptr;
    return std::make_unique<ItemTask>(std::move(*item), work, emit);
  });
}

// Calls work(i) once for 0 <= i < needs.size(), when it has returned for all of needs[i]. Items that need each
// other in a circle, and what needs those, come last, in any order. What work throws is thrown here, one of
// them, and calls not begun by then are dropped.
void for_all_by_need(const Threads& threads, const std::vector<std::vector<size_t>>& needs,
                     const std::function<void(size_t)>& work);

}  // namespace jireloc
