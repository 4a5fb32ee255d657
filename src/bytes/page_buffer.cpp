#include "bytes/page_buffer.hpp"

#include <sys/mman.h>

#include <memory>
#include <new>

namespace jireloc::bytes {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

PageBuffer::PageBuffer(size_t size) : length_(size + kHugePage) {
  mapped_ = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped_ == MAP_FAILED) throw std::bad_alloc();
  void* aligned = mapped_;
  size_t room = length_;
  bytes_ = static_cast<char*>(std::align(kHugePage, size, aligned, room));
  ::madvise(bytes_, size, MADV_HUGEPAGE);  // where there are none, small pages do
}

PageBuffer::~PageBuffer() {
  ::munmap(mapped_, length_);
}

}  // namespace jireloc::bytes
