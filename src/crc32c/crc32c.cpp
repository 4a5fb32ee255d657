// The public entry, and the choice of a kernel.
#include "jireloc/crc32c.hpp"

#include "crc32c/kernel.hpp"
#include "crc32c/processor.hpp"

namespace jireloc::crc32c {
namespace {

KernelFunction function_of(Kernel kernel) noexcept {
  switch (kernel) {
#if defined(__x86_64__)
    case Kernel::sse42:
      return extend_sse42;
    case Kernel::sse42_pclmul:
      return extend_sse42_pclmul;
    case Kernel::avx512:
      return extend_avx512;
#elif defined(__aarch64__)
    case Kernel::armv8:
      return extend_armv8;
#endif
    default:
      return extend_portable;
  }
}

// Fastest first.
constexpr Kernel kPreference[] = {Kernel::avx512, Kernel::sse42_pclmul, Kernel::sse42, Kernel::armv8,
                                  Kernel::portable};

Kernel choose() noexcept {
  for (Kernel kernel : kPreference) {
    if (processor_has(kernel)) return kernel;
  }
  return Kernel::portable;
}

uint32_t run(KernelFunction function, uint32_t crc, const void* data, size_t size) noexcept {
  return ~function(~crc, static_cast<const unsigned char*>(data), size);
}

}  // namespace

std::string_view name(Kernel kernel) noexcept {
  switch (kernel) {
    case Kernel::portable:
      return "portable";
    case Kernel::sse42:
      return "sse42";
    case Kernel::sse42_pclmul:
      return "sse42_pclmul";
    case Kernel::avx512:
      return "avx512";
    case Kernel::armv8:
      return "armv8";
  }
  return "unknown";
}

std::vector<Kernel> available_kernels() {
  std::vector<Kernel> kernels;
  for (Kernel kernel : kPreference) {
    if (processor_has(kernel)) kernels.push_back(kernel);
  }
  return kernels;
}

Kernel chosen_kernel() noexcept {
  static const Kernel kernel = choose();
  return kernel;
}

uint32_t extend(uint32_t crc, const void* data, size_t size) noexcept {
  static const KernelFunction function = function_of(chosen_kernel());
  return run(function, crc, data, size);
}

uint32_t extend_with(Kernel kernel, uint32_t crc, const void* data, size_t size) noexcept {
  return run(function_of(kernel), crc, data, size);
}

}  // namespace jireloc::crc32c
