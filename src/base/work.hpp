// Counting what an item costs, against the limits (jireloc/work_limits.hpp).
#pragma once

#include <cstdint>
#include <string>

namespace jireloc {

struct SpentWork {
  bool counts = false;
  uint64_t hashed = 0, decompressed = 0;
  int64_t began = -1;         // seconds of this thread's processor time at the first look at it; -1: none yet
  int64_t passed_before = 0;  // seconds on the machine's clock then
  uint64_t since_look = 0;    // bytes since the last look at the clock
};

// While one of these lives, what this thread does is counted for one item. One inside of another belongs to
// the outer item.
class ItemWork {
 public:
  ItemWork();
  ~ItemWork();
  ItemWork(const ItemWork&) = delete;
  ItemWork& operator=(const ItemWork&) = delete;

 private:
  bool outermost_;
};

// While one of these lives, what this thread does is counted for an item of its own, and not for the one
// around it: what is judged once for all items must not end at what one of them had spent before.
class OwnItemWork {
 public:
  OwnItemWork();
  ~OwnItemWork();
  OwnItemWork(const OwnItemWork&) = delete;
  OwnItemWork& operator=(const OwnItemWork&) = delete;

 private:
  const SpentWork around_;
};

// Count for this thread's item; nothing happens without one. Throw Error (too_large), which names `file`.
void spend_hashed(uint64_t bytes, const std::string& file);
void spend_decompressed(uint64_t bytes, const std::string& file);
void spend_time(const std::string& file);  // to be called between pieces of work of some milliseconds

}  // namespace jireloc
