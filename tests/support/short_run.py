"""What a short run leaves out, for scripts (for programs of tests it is short_run.hpp)."""
import os

LONG = bool(os.environ.get("JIRELOC_LONG"))  # full counts, in every build
UNDER_ASAN = bool(os.environ.get("JIRELOC_ASAN"))  # the program is slow, and what is looked for is touched memory
REDUCED = UNDER_ASAN and not LONG  # the other build has what is left out
