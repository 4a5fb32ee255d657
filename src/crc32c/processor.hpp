// Which kernels this processor, under this operating system, can run.
#pragma once

#include "jireloc/crc32c.hpp"

namespace jireloc::crc32c {

bool processor_has(Kernel kernel) noexcept;

}  // namespace jireloc::crc32c
