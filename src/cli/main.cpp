#include <malloc.h>

#include <new>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "jireloc/error.hpp"
#include "jireloc/heaps.hpp"

namespace {

using namespace jireloc;
using namespace jireloc::cli;

ExitStatus report(const Error& error) {
  Console::instance().progress({});
  Console::instance().lines(error_line(error));
  if (error.kind() != ErrorKind::usage) return ExitStatus::failed;
  Console::instance().lines("jireloc: try 'jireloc --help', or 'jireloc help COMMAND'\n");
  return ExitStatus::usage;
}

ExitStatus guarded(auto step) {
  try {
    return step();
  } catch (const Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report(Error(ErrorKind::too_large, "out of memory"));
  } catch (const std::exception& error) {
    return report(Error(ErrorKind::io, error.what()));
  }
}

// What one image needed serves the next one: given back and asked for again, each page is cleared anew, which
// costs as much as the copying.
void keep_memory() {
#ifdef __GLIBC__
  constexpr int kMebibyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 8 * kMebibyte);
  mallopt(M_TRIM_THRESHOLD, 16 * kMebibyte);
#endif
}

bool works_on_whole_depots(const std::string& command) {
  const Command* const known = find_command(command);
  return known != nullptr && (known->spec->shared & (takes_dry_run | takes_jobs | takes_project)) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  reserve_standard_descriptors();
  install_signal_handlers();
  Output out;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && works_on_whole_depots(arguments[0])) use_huge_heaps();
  const ExitStatus status = guarded([&] { return run_program(arguments, out); });
  const ExitStatus written = guarded([&] { return out.flush(), ExitStatus::well; });
  return static_cast<int>(worse(status, written));
}
