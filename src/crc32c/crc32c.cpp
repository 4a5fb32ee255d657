// The public entry, and the choice of a kernel.
#include "jireloc/crc32c.hpp"

#include "crc32c/kernel.hpp"

namespace jireloc::crc32c {

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
  return {Kernel::portable};
}

Kernel chosen_kernel() noexcept {
  return Kernel::portable;
}

uint32_t extend(uint32_t crc, const void* data, size_t size) noexcept {
  return ~extend_portable(~crc, static_cast<const unsigned char*>(data), size);
}

uint32_t extend_with(Kernel, uint32_t crc, const void* data, size_t size) noexcept {
  return extend(crc, data, size);
}

}  // namespace jireloc::crc32c
