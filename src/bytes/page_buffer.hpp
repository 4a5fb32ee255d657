// Memory for megabytes that are written from end to end.
#pragma once

#include <cstddef>

namespace jireloc::bytes {

// `size` bytes, zero at first, at the start of a huge page: the kernel is asked for those, since a page of 4
// KiB that is touched for the first time costs more than what is then read into it. Throws std::bad_alloc.
class PageBuffer {
 public:
  explicit PageBuffer(size_t size);
  ~PageBuffer();
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;

  char* get() const noexcept { return bytes_; }

 private:
  void* mapped_;
  size_t length_;
  char* bytes_;
};

}  // namespace jireloc::bytes
