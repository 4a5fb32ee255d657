#include "rewrite/output_places.hpp"

#include <utility>

namespace jireloc::rewriting {

void OutputPlaces::announce(const std::string& output, uint64_t number) {
  const std::lock_guard lock(mutex_);
  places_.try_emplace(output, Place{number});
}

bool OutputPlaces::take_at_once(const std::string& output, uint64_t number) {
  const std::lock_guard lock(mutex_);
  Place& place = places_.try_emplace(output, Place{number}).first->second;
  return place.first == number && !std::exchange(place.is_taken, true);
}

bool OutputPlaces::take(const std::string& output) {
  const std::lock_guard lock(mutex_);
  return !std::exchange(places_.at(output).is_taken, true);
}

}  // namespace jireloc::rewriting
