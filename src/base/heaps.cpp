#include "base/heaps.hpp"

#include <cstdlib>  // says which libc this is

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>

namespace jireloc {
namespace {

// The most that glibc takes from a heap, and a little less than that.
constexpr int kLargestInHeap = 32 << 20;
constexpr size_t kPiece = size_t{31} << 20;
constexpr size_t kPieces = 4;
constexpr size_t kPieceOfThread = size_t{24} << 20;  // of 64 MiB that its heap may have

std::atomic<bool> huge_heaps{false};

bool is_limited(__rlimit_resource_t resource) {
  rlimit limit{};
  return ::getrlimit(resource, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

// Marks what is at the free end of the heap: taken and given back, and nothing of it touched but the ends of
// pieces. The huge page that one lies in is none.
void mark_free_end(size_t piece, size_t pieces) noexcept {
  constexpr uintptr_t kPage = 4096;
  std::array<void*, kPieces> taken{};
  for (size_t i = 0; i < pieces; ++i) {
    taken[i] = std::malloc(piece);
    if (taken[i] == nullptr) break;
    const uintptr_t begin = (reinterpret_cast<uintptr_t>(taken[i]) + kPage - 1) / kPage * kPage;
    ::madvise(reinterpret_cast<void*>(begin), piece - kPage, MADV_HUGEPAGE);
  }
  for (size_t i = pieces; i-- > 0;) std::free(taken[i]);
}

}  // namespace

void use_huge_heaps() {
  if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA)) return;
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  huge_heaps = true;
  mark_free_end(kPiece, kPieces);
}

void begin_heap() noexcept {
  if (huge_heaps.load(std::memory_order_relaxed)) mark_free_end(kPieceOfThread, 1);
}

}  // namespace jireloc

#else

namespace jireloc {

void use_huge_heaps() {}
void begin_heap() noexcept {}

}  // namespace jireloc

#endif
