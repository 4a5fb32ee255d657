#include "fuzz/cost.hpp"

#include <algorithm>
#include <ctime>
#include <new>

#include "fuzz/targets.hpp"

namespace {

thread_local uint64_t allocated = 0;  // bytes in all, given back or not

void* counted(size_t size) {
  allocated += size;
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

// All that C++ allocates in this executable comes through here; the sanitizers see the calls of malloc and
// free.
void* operator new(size_t size) {
  if (void* place = counted(size)) return place;
  throw std::bad_alloc();
}
void* operator new[](size_t size) {
  return operator new(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete[](void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, size_t) noexcept {
  std::free(place);
}
void operator delete[](void* place, size_t) noexcept {
  std::free(place);
}

namespace jireloc::fuzz {
namespace {

constexpr uint64_t kBytes = uint64_t{16} << 20, kBytesAByte = 8 << 10;
constexpr double kSeconds = 1, kSecondsAByte = 200e-6;

double dearest = 0;

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

void run_within_cost(void (*target)(std::string_view), std::string_view input) {
  const uint64_t allocated_before = allocated;
  const double began = processor_seconds();
  target(input);
  const double took = processor_seconds() - began;
  const uint64_t bytes = allocated - allocated_before;
  if (bytes > kBytes)
    dearest = std::max(dearest, static_cast<double>(bytes - kBytes) /
                                    static_cast<double>(std::max<size_t>(input.size(), 1)));
  require(bytes <= kBytes + kBytesAByte * input.size(), "an input of " + std::to_string(input.size()) +
                                                            " bytes made the target allocate " +
                                                            std::to_string(bytes));
  require(took <= kSeconds + kSecondsAByte * static_cast<double>(input.size()),
          "an input of " + std::to_string(input.size()) + " bytes took " + std::to_string(took) + " seconds");
}

double dearest_input() noexcept {
  return dearest;
}

}  // namespace jireloc::fuzz
