#include "base/crew.hpp"

#include <algorithm>
#include <exception>

#include "base/heaps.hpp"

namespace jireloc {

bool Crew::add() {
  const std::lock_guard lock(mutex_);
  if (threads_.size() >= most_) return false;
  try {
    threads_.emplace_back([this] {
      begin_heap();
      run_(*this);
    });
    return true;
  } catch (const std::exception&) {
    most_ = threads_.size();  // a limit of the system, or no memory: those that are there do it all
    return false;
  }
}

size_t Crew::size() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void Crew::join() {
  {
    const std::lock_guard lock(mutex_);
    most_ = 0;
  }
  for (std::jthread& thread : threads_)
    if (thread.joinable()) thread.join();
}

int run_with_crew(const Threads& threads, size_t count, const std::function<void(Crew&)>& own,
                  const std::function<void(Crew&)>& others) {
  const auto beside_this_one = [&](int number) { return std::min(static_cast<size_t>(number), count) - 1; };
  Crew crew(beside_this_one(threads.most), others);
  while (crew.size() < beside_this_one(threads.first) && crew.add()) {
  }
  own(crew);
  crew.join();
  return static_cast<int>(crew.size()) + 1;
}

}  // namespace jireloc
