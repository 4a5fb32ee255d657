// Kernels are used where processor and system have what they need, and only there.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "jireloc/crc32c.hpp"

using namespace jireloc;

#if defined(__x86_64__)
namespace {

// What the kernel of the system says that its programs may use.
std::set<std::string> processor_features() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

bool is_available(crc32c::Kernel kernel) {
  const auto kernels = crc32c::available_kernels();
  return std::find(kernels.begin(), kernels.end(), kernel) != kernels.end();
}

}  // namespace
#endif

TEST_CASE("A kernel's name is that of its instructions") {
  CHECK(crc32c::name(crc32c::Kernel::portable) == "portable");
  CHECK(crc32c::name(crc32c::Kernel::sse42) == "sse42");
  CHECK(crc32c::name(crc32c::Kernel::sse42_pclmul) == "sse42_pclmul");
  CHECK(crc32c::name(crc32c::Kernel::avx512) == "avx512");
  CHECK(crc32c::name(crc32c::Kernel::armv8) == "armv8");
}

#if defined(__x86_64__)  // elsewhere an emulator would show the flags of its host
TEST_CASE("Those kernels are available whose instructions the system lists, and the fastest is chosen") {
  const std::set<std::string> features = processor_features();
  REQUIRE_FALSE(features.empty());
  const auto has = [&](std::initializer_list<const char*> names) {
    return std::all_of(names.begin(), names.end(), [&](const char* name) { return features.contains(name); });
  };
  const bool avx512 =
      has({"sse4_2", "pclmulqdq", "avx512f", "avx512vl", "avx512bw", "avx512dq", "vpclmulqdq"});
  CHECK(is_available(crc32c::Kernel::portable));
  CHECK(is_available(crc32c::Kernel::sse42) == has({"sse4_2"}));
  CHECK(is_available(crc32c::Kernel::sse42_pclmul) == has({"sse4_2", "pclmulqdq"}));
  CHECK(is_available(crc32c::Kernel::avx512) == avx512);
  CHECK_FALSE(is_available(crc32c::Kernel::armv8));
  const auto wanted = avx512                         ? crc32c::Kernel::avx512
                      : has({"sse4_2", "pclmulqdq"}) ? crc32c::Kernel::sse42_pclmul
                      : has({"sse4_2"})              ? crc32c::Kernel::sse42
                                                     : crc32c::Kernel::portable;
  CHECK(crc32c::chosen_kernel() == wanted);
}
#endif
