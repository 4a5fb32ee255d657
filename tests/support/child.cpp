#include "support/child.hpp"

#include <unistd.h>

#ifdef JIRELOC_COUNTS_COVERAGE
extern "C" void __gcov_dump();
#endif

namespace jireloc::test {

void leave(int status) {
#ifdef JIRELOC_COUNTS_COVERAGE
  __gcov_dump();
#endif
  ::_exit(status);
}

}  // namespace jireloc::test
