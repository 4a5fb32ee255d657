#include "depot_maker/plan.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>

namespace depot_maker {
namespace {

constexpr uint64_t kSmallest = 2 << 10, kLargest = 50 << 20;
constexpr size_t kLargestClosure = 80;

std::string random_name(Random& random, std::set<std::string>& taken) {
  static constexpr const char* kSyllables[] = {
      "ab",  "al", "an", "ar", "ba",  "bor", "ca", "chi", "da", "del", "dy", "el", "en",  "fa",  "fi",  "gra",
      "ho",  "in", "ju", "ka", "la",  "lo",  "ma", "met", "mi", "na",  "no", "op", "or",  "par", "pha", "plo",
      "qua", "re", "ri", "sa", "sol", "sta", "ta", "ten", "ti", "tor", "u",  "va", "ver", "wa",  "xi",  "zo"};
  static constexpr const char* kEndings[] = {"",      "",      "",  "Base", "Core",
                                             "Tools", "Utils", "s", "IO",   "Graphs"};
  while (true) {
    std::string name;
    const uint64_t words = 1 + random.below(2);
    for (uint64_t word = 0; word < words; ++word) {
      const size_t begin = name.size();
      const uint64_t syllables = 2 + random.below(3);
      for (uint64_t k = 0; k < syllables; ++k) name += kSyllables[random.below(std::size(kSyllables))];
      name[begin] = static_cast<char>(name[begin] - 'a' + 'A');
    }
    name += kEndings[random.below(std::size(kEndings))];
    if (taken.insert(name).second) return name;
  }
}

jireloc::Uuid random_uuid(Random& random) {
  constexpr uint64_t kVersionMask = 0xF000, kVersion4 = 0x4000;
  constexpr uint64_t kVariantMask = uint64_t{3} << 62, kVariant = uint64_t{2} << 62;
  return {(random.bits() & ~kVersionMask) | kVersion4, (random.bits() & ~kVariantMask) | kVariant};
}

void plan_dependencies(std::vector<PackagePlan>& packages, size_t number, size_t families, Random& random) {
  PackagePlan& package = packages[number];
  const uint64_t earlier = number / families;  // of the same family
  if (earlier == 0 || random.chance(0.25)) return;
  const uint64_t wanted = random.log_normal(2.2, 0.8, 1, 14);
  std::set<uint32_t> direct, closure;
  for (uint64_t k = 0; k < wanted; ++k) {
    const double skew = random.fraction();
    const auto rank = static_cast<uint64_t>(skew * skew * skew * static_cast<double>(earlier));
    const auto chosen = static_cast<uint32_t>(rank * families + package.family);
    std::set<uint32_t> grown = closure;
    grown.insert(packages[chosen].closure.begin(), packages[chosen].closure.end());
    grown.insert(chosen);
    if (grown.size() > kLargestClosure) continue;
    closure = std::move(grown);
    direct.insert(chosen);
  }
  package.dependencies.assign(direct.begin(), direct.end());
  package.closure.assign(closure.begin(), closure.end());
}

// Scales the sizes to the total; the limits hold afterwards, so a few rounds are needed.
void scale_sizes(std::vector<PackagePlan>& packages, uint64_t total) {
  for (int round = 0; round < 6; ++round) {
    uint64_t sum = 0;
    for (const PackagePlan& package : packages) sum += package.size;
    const double factor = static_cast<double>(total) / static_cast<double>(sum);
    for (PackagePlan& package : packages) {
      const auto scaled = static_cast<uint64_t>(static_cast<double>(package.size) * factor);
      package.size = std::clamp(scaled, kSmallest, kLargest);
    }
  }
}

}  // namespace

std::vector<PackagePlan> plan_packages(const PlanOptions& options, Random& random) {
  std::vector<PackagePlan> packages(options.images);
  std::set<std::string> names;
  for (size_t number = 0; number < packages.size(); ++number) {
    PackagePlan& package = packages[number];
    package.name = random_name(random, names);
    package.uuid = random_uuid(random);
    package.version = fmt::format("{}.{}.{}", random.below(4), random.below(30), random.below(12));
    package.family = number % options.families;
    package.size = random.log_normal(40e3, 1.5, kSmallest, kLargest);
    package.build_id = random.bits() >> 8;
    plan_dependencies(packages, number, options.families, random);
  }
  scale_sizes(packages, options.total_size);
  for (PackagePlan& package : packages) {
    const double median = 5 * std::pow(static_cast<double>(package.size) / 40e3, 0.35);
    package.sources = static_cast<uint32_t>(random.log_normal(median, 0.9, 1, 300));
  }
  return packages;
}

}  // namespace depot_maker
