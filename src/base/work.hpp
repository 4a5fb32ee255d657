// Counting what an item costs, against the limits (jireloc/work_limits.hpp).
#pragma once

#include <cstdint>
#include <string>

namespace jireloc {

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

// Count for this thread's item; nothing happens without one. Throw Error (too_large), which names `file`.
void spend_hashed(uint64_t bytes, const std::string& file);
void spend_decompressed(uint64_t bytes, const std::string& file);
void spend_time(const std::string& file);  // to be called between pieces of work of some milliseconds

}  // namespace jireloc
