#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include "benchmark/helper/modes.hpp"
#include "jireloc/crc32c.hpp"
#ifdef JIRELOC_HAS_ISAL
#include <isa-l/crc.h>
#endif

namespace bench {
namespace {

using Kernel = std::function<uint32_t(const char*, size_t)>;

std::vector<std::pair<std::string, Kernel>> contenders() {
  std::vector<std::pair<std::string, Kernel>> list;
  list.emplace_back("read loop", [](const char* data, size_t size) {
    return static_cast<uint32_t>(read_loop(data, size));
  });
  list.emplace_back("chosen",
                    [](const char* data, size_t size) { return jireloc::crc32c::extend(0, data, size); });
  for (const auto kernel : jireloc::crc32c::available_kernels())
    list.emplace_back(jireloc::crc32c::name(kernel), [kernel](const char* data, size_t size) {
      return jireloc::crc32c::extend_with(kernel, 0, data, size);
    });
#ifdef JIRELOC_HAS_ISAL
  list.emplace_back("isa-l", [](const char* data, size_t size) {
    return ~crc32_iscsi(reinterpret_cast<unsigned char*>(const_cast<char*>(data)), static_cast<int>(size),
                        ~0u);
  });
#endif
  return list;
}

// Bytes a second. Small messages are taken from all over a megabyte, so that branches are not learnt by
// heart.
double speed(const Kernel& kernel, const char* data, size_t data_size, size_t size, double seconds) {
  uint64_t bytes = 0;
  volatile uint32_t sink = 0;
  size_t at = 0;
  const auto begin = std::chrono::steady_clock::now();
  double passed = 0;
  do {
    for (size_t batch = 0; batch < (size_t{1} << 20); batch += size) {
      sink = sink + kernel(data + at, size);
      at = at + 2 * size <= data_size ? at + size : 0;
      bytes += size;
    }
    passed = seconds_since(begin);
  } while (passed < seconds);
  return static_cast<double>(bytes) / passed;
}

}  // namespace

void crc_speed(const std::vector<std::string>& arguments) {
  const double seconds = arguments.empty() ? 0.05 : std::stod(arguments[0]);
  constexpr int kRounds = 7;
  constexpr size_t kLargest = size_t{64} << 20, kAligned = 64;
  const auto buffer = std::make_unique<char[]>(kLargest + kAligned);
  char* data = buffer.get() + (kAligned - reinterpret_cast<uintptr_t>(buffer.get()) % kAligned);
  uint64_t state = 88172645463325252u;
  for (size_t at = 0; at < kLargest; ++at) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    data[at] = static_cast<char>(state);
  }
  const auto list = contenders();
  fmt::print("{{\"chosen\": \"{}\", \"sizes\": {{", jireloc::crc32c::name(jireloc::crc32c::chosen_kernel()));
  const char* between = "";
  for (const size_t size :
       {64u, 256u, 1024u, 4096u, 16384u, 65536u, 262144u, 1u << 20, 4u << 20, 16u << 20, 64u << 20}) {
    const size_t window = std::max<size_t>(size, size_t{1} << 20);
    std::map<std::string, std::vector<double>> speeds;
    for (int round = 0; round < kRounds; ++round)
      for (const auto& [name, kernel] : list)
        speeds[name].push_back(speed(kernel, data, std::min(window, kLargest), size, seconds) / 1e9);
    fmt::print("{}\"{}\": {{", between, size);
    const char* comma = "";
    for (const auto& [name, values] : speeds) {
      fmt::print("{}\"{}\": [{:.3f}]", comma, name, fmt::join(values, ", "));
      comma = ", ";
    }
    fmt::print("}}");
    between = ", ";
  }
  fmt::print("}}}}\n");
}

}  // namespace bench
