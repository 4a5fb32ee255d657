// Contents that are kept in memory from one reading to the next use.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/page_buffer.hpp"

namespace jireloc::bundles {

// For several threads.
class HeldContents {
 public:
  // Copies it; the copy lives as long as this does.
  std::string_view hold(std::string_view content) {
    char* const place = place_for(content.size());
    std::memcpy(place, content.data(), content.size());
    return {place, content.size()};
  }

 private:
  static constexpr size_t kBlock = size_t{8} << 20;

  char* place_for(size_t size) {
    const std::lock_guard lock(mutex_);
    if (blocks_.empty() || size > left_) {
      left_ = std::max(size, kBlock);
      blocks_.push_back(std::make_unique<bytes::PageBuffer>(left_));
      next_ = blocks_.back()->get();
    }
    left_ -= size;
    return std::exchange(next_, next_ + size);
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<bytes::PageBuffer>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace jireloc::bundles
