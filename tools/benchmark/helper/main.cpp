// What tools/bench cannot measure from outside: kernels in memory, and processes that live for a millisecond.
// Each mode prints one JSON object.
#include <fmt/format.h>

#include <functional>
#include <map>

#include "benchmark/helper/modes.hpp"
#include "jireloc/error.hpp"

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(const std::vector<std::string>&)>> modes = {
      {"crc", bench::crc_speed},
      {"search", bench::search_speed},
      {"measure", bench::measure_command},
      {"spawn", bench::spawn_times},
      {"tree-hash", bench::tree_hashes},
      {"read-trees", bench::read_trees},
      {"copy-and-read", bench::copy_and_read},
      {"relocate-least", bench::relocate_least},
      {"pack-least", bench::pack_least},
      {"unpack-least", bench::unpack_least},
      {"look-least", bench::look_least},
      {"read-sources", bench::read_sources},
  };
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto mode = arguments.empty() ? modes.end() : modes.find(arguments[0]);
  if (mode == modes.end()) {
    fmt::print(stderr,
               "usage: bench-helper crc SECONDS | search SECONDS PATTERN FILE | spawn RUNS A... -- B... | "
               "measure FILE COMMAND... | "
               "tree-hash [--jobs N] FOLDER... | read-trees [--jobs N] FOLDER... | copy-and-read JOBS FROM "
               "TO SOURCES | relocate-least JOBS FROM TO SOURCES OLD [parsed] | pack-least JOBS LEVEL DEPOT "
               "BUNDLE | "
               "unpack-least JOBS BUNDLE TARGET | look-least JOBS SOURCE TARGET | read-sources calls|ring "
               "SOURCES\n");
    return 2;
  }
  try {
    mode->second({arguments.begin() + 1, arguments.end()});
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-helper: {}\n", error.what());
    return 1;
  }
}
