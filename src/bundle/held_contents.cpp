#include "bundle/held_contents.hpp"

#include <algorithm>
#include <utility>

namespace jireloc::bundles {

char* HeldContents::place_for(size_t size) {
  constexpr size_t kBlock = size_t{8} << 20;
  const std::lock_guard lock(mutex_);
  if (size > room_) return nullptr;
  if (blocks_.empty() || size > left_) {
    left_ = std::max(size, kBlock);
    blocks_.push_back(std::make_unique<bytes::PageBuffer>(left_));
    next_ = blocks_.back()->get();
  }
  room_ -= size;
  left_ -= size;
  return std::exchange(next_, next_ + size);
}

void HeldContents::add(const std::string& path, File file) {
  const std::lock_guard lock(mutex_);
  files_.try_emplace(path, std::move(file));
}

const HeldContents::File* HeldContents::find(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace jireloc::bundles
