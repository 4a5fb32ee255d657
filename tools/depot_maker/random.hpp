// Chance with a seed: the same seed gives the same depot.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace depot_maker {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t bits() { return engine_(); }
  // 0 <= result < limit.
  uint64_t below(uint64_t limit) { return engine_() % limit; }
  double fraction() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool chance(double probability) { return fraction() < probability; }
  double log_normal(double median, double sigma) { return median * std::exp(sigma * normal_(engine_)); }
  uint64_t log_normal(double median, double sigma, uint64_t least, uint64_t most) {
    const double value = std::min(log_normal(median, sigma), static_cast<double>(most));
    return std::max(least, static_cast<uint64_t>(value));
  }

 private:
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
};

}  // namespace depot_maker
