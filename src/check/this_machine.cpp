// Asking the processor that this runs on.
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "jireloc/processor.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace jireloc {
namespace {

#if defined(__x86_64__)

using Core = MachineFacts::Core;

void ask(Core& core, uint32_t leaf, uint32_t subleaf = 0) {
  MachineFacts::Registers& got = core.cpuid[{leaf, subleaf}];
  __cpuid_count(leaf, subleaf, got.eax, got.ebx, got.ecx, got.edx);
}

uint64_t read_xcr0() {
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

// The core that this thread runs on now.
Core ask_core() {
  Core core;
  ask(core, 0);
  ask(core, 0x80000000);
  const uint32_t last = core.cpuid[{0, 0}].eax, last_extended = core.cpuid[{0x80000000, 0}].eax;
  for (const auto& [leaf, subleaf] :
       {std::pair{1u, 0u}, {7u, 0u}, {7u, 1u}, {0xdu, 1u}, {0x14u, 0u}, {0x80000001u, 0u}, {0x80000008u, 0u}})
    if (leaf <= (leaf < 0x80000000 ? last : last_extended)) ask(core, leaf, subleaf);
  const bool has_osxsave = (core.cpuid[{1, 0}].ecx >> 27 & 1) != 0;
  if (has_osxsave) core.xcr0 = read_xcr0();
  return core;
}

// Performance and efficiency cores in one package, which need not have the same features.
bool is_hybrid(const Core& core) {
  const auto found = core.cpuid.find({7, 0});
  return found != core.cpuid.end() && (found->second.edx >> 15 & 1) != 0;
}

void ask_all_cores(MachineFacts& facts) {
  cpu_set_t before;
  if (::sched_getaffinity(0, sizeof before, &before) != 0) return;
  for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (::sched_setaffinity(0, sizeof one, &one) == 0) facts.cores.push_back(ask_core());
  }
  ::sched_setaffinity(0, sizeof before, &before);
}

#elif defined(__aarch64__)

void add_once(std::vector<uint64_t>& ids, uint64_t id) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

// get_cpuinfo_sysfs: Linux 4.7 and later.
void ask_sysfs(std::vector<uint64_t>& ids) {
  for (int cpu = 0; cpu < 4096; ++cpu) {
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/regs/identification/midr_el1");
    uint64_t id = 0;
    if (file >> std::hex >> id) add_once(ids, id);
  }
}

// get_cpuinfo_procfs: "CPU implementer : 0x41", the variant and the part of each core.
void ask_procfs(std::vector<uint64_t>& ids) {
  std::ifstream file("/proc/cpuinfo");
  uint64_t id = 0;
  for (std::string line; std::getline(file, line);) {
    const auto value = [&] { return std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 0); };
    if (line.find(':') == std::string::npos) {
      if (id != 0) add_once(ids, id);
      id = 0;
    } else if (line.starts_with("CPU implementer")) {
      id |= value() << 24;
    } else if (line.starts_with("CPU variant")) {
      id |= value() << 20;
    } else if (line.starts_with("CPU part")) {
      id |= value() << 4;
    }
  }
  if (id != 0) add_once(ids, id);
}

#endif

}  // namespace

MachineFacts this_machine() {
  MachineFacts facts;
#if defined(__x86_64__)
  facts.architecture = "x86_64";
  facts.cores.push_back(ask_core());
  if (is_hybrid(facts.cores[0])) ask_all_cores(facts);
#elif defined(__aarch64__)
  facts.architecture = "aarch64";
  facts.hwcap = static_cast<uint32_t>(::getauxval(AT_HWCAP));
  facts.hwcap2 = static_cast<uint32_t>(::getauxval(AT_HWCAP2));
  ask_sysfs(facts.main_ids);
  if (facts.main_ids.empty()) ask_procfs(facts.main_ids);
#else
  facts.architecture = "of another architecture";
#endif
  return facts;
}

}  // namespace jireloc
