// Heaps of threads.
#pragma once

#include "jireloc/heaps.hpp"

namespace jireloc {

// To be called first by each thread of this library: it may be one of whoever called use_huge_heaps.
void begin_heap() noexcept;

}  // namespace jireloc
