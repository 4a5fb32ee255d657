#include "crc32c/processor.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace jireloc::crc32c {
namespace {

#if defined(__x86_64__)

struct Features {
  bool sse42 = false, pclmul = false, avx512 = false;
};

// The state components that the operating system saves (XCR0). Precondition: OSXSAVE.
uint64_t saved_state() noexcept {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

Features detect() noexcept {
  Features features;
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return features;
  features.sse42 = ecx & bit_SSE4_2;
  features.pclmul = features.sse42 && (ecx & bit_PCLMUL);
  // A processor may have AVX-512 while the system does not save its registers: then using it is a fault.
  constexpr uint64_t kZmmState = 0xE6;  // XMM, YMM, opmask, both halves of ZMM
  if (!features.pclmul || !(ecx & bit_OSXSAVE) || (saved_state() & kZmmState) != kZmmState) return features;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return features;
  constexpr uint32_t kNeeded = bit_AVX512F | bit_AVX512VL | bit_AVX512BW | bit_AVX512DQ;
  features.avx512 = (ebx & kNeeded) == kNeeded && (ecx & bit_VPCLMULQDQ);
  return features;
}

bool has(Kernel kernel) noexcept {
  static const Features features = detect();
  switch (kernel) {
    case Kernel::sse42:
      return features.sse42;
    case Kernel::sse42_pclmul:
      return features.pclmul;
    case Kernel::avx512:
      return features.avx512;
    default:
      return false;
  }
}

#elif defined(__aarch64__) && defined(__linux__)

bool has(Kernel kernel) noexcept {
  constexpr unsigned long kNeeded = HWCAP_CRC32 | HWCAP_PMULL;
  return kernel == Kernel::armv8 && (getauxval(AT_HWCAP) & kNeeded) == kNeeded;
}

#else

bool has(Kernel) noexcept {
  return false;
}

#endif

}  // namespace

bool processor_has(Kernel kernel) noexcept {
  return kernel == Kernel::portable || has(kernel);
}

}  // namespace jireloc::crc32c
