// What Julia 1.9 to 1.13 make of the processor that a session runs on (_get_host_cpu).
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "check/session_target.hpp"

namespace jireloc {
namespace check {
namespace {

using Core = MachineFacts::Core;
using Registers = MachineFacts::Registers;

uint32_t highest_leaf(const Core& core, uint32_t first) {
  const auto found = core.cpuid.find({first, 0});
  return found == core.cpuid.end() ? 0 : found->second.eax;
}

// Nothing where the processor has no such leaf.
Registers leaf(const Core& core, uint32_t number, uint32_t subleaf = 0) {
  if (highest_leaf(core, number & 0x80000000) < number) return {};
  const auto found = core.cpuid.find({number, subleaf});
  return found == core.cpuid.end() ? Registers{} : found->second;
}

// Each word is one register of cpuid. In 1.12 a word came between the last two.
FeatureWords cpuid_words(const Core& core, size_t words) {
  const Registers first = leaf(core, 1), seventh = leaf(core, 7), extended = leaf(core, 0x80000001);
  FeatureWords found = {first.ecx,
                        first.edx,
                        seventh.ebx,
                        seventh.ecx,
                        seventh.edx,
                        extended.ecx,
                        extended.edx,
                        leaf(core, 0xd, 1).eax,
                        leaf(core, 0x80000008).ebx,
                        leaf(core, 7, 1).eax};
  if (words == 12) found.push_back(leaf(core, 7, 1).ebx);
  found.push_back(leaf(core, 0x14).ebx);
  return found;
}

// Registers that the operating system does not save cannot be used (features_disable_avx and the like).
void drop_unsaved(const ProcessorTable& table, const Core& core, FeatureWords& words) {
  constexpr uint32_t osxsave = 1u << 27, avx = 1u << 28;
  const auto saves = [&](uint64_t mask) { return (core.xcr0 & mask) == mask; };
  const bool has_save = (words[0] & osxsave) != 0 && saves(0x6);
  const bool has_avx = has_save && (words[0] & avx) != 0;
  if (!has_avx) {
    remove(words,
           features_of(table, "avx fma f16c xsave avx2 xop fma4 xsaveopt xsavec xsaves vaes vpclmulqdq"));
  }
  if (!has_avx || !saves(0xe0)) {
    remove(words, features_of(table,
                              "avx512f avx512dq avx512ifma avx512pf avx512er avx512cd avx512bw avx512vl "
                              "avx512vbmi avx512vpopcntdq avx512vbmi2 avx512vnni avx512bitalg "
                              "avx512vp2intersect avx512bf16"));
  }
  if (!has_save || !saves(0x60000)) remove(words, features_of(table, "amx-bf16 amx-tile amx-int8"));
}

// Of cores that differ what all have: 1.12.7 and 1.13.0-rc2 ask each; before them a session took what the
// core that it began on has.
FeatureWords x86_features(const ProcessorTable& table, const MachineFacts& facts) {
  FeatureWords common = all_features(table);
  for (const Core& core : facts.cores) {
    FeatureWords words = cpuid_words(core, table.words);
    drop_unsaved(table, core, words);
    keep(common, words);
  }
  return facts.cores.empty() ? FeatureWords(table.words) : common;
}

// get_cpu_name: implementer and part of MIDR_EL1; from and to the variant.
struct MainIdRow {
  uint8_t implementer;
  uint16_t first_part, last_part;
  InlineText<16> cpu;
  uint8_t first_variant = 0, last_variant = 15;
};

constexpr MainIdRow main_ids[] = {
    {0x41, 0xd02, 0xd02, "cortex-a34"},   {0x41, 0xd03, 0xd03, "cortex-a53"},
    {0x41, 0xd04, 0xd04, "cortex-a35"},   {0x41, 0xd05, 0xd05, "cortex-a55"},
    {0x41, 0xd06, 0xd06, "cortex-a65"},   {0x41, 0xd07, 0xd07, "cortex-a57"},
    {0x41, 0xd08, 0xd08, "cortex-a72"},   {0x41, 0xd09, 0xd09, "cortex-a73"},
    {0x41, 0xd0a, 0xd0a, "cortex-a75"},   {0x41, 0xd0b, 0xd0b, "cortex-a76"},
    {0x41, 0xd0c, 0xd0c, "neoverse-n1"},  {0x41, 0xd0d, 0xd0d, "cortex-a77"},
    {0x41, 0xd0e, 0xd0e, "cortex-a76ae"}, {0x41, 0xd40, 0xd40, "neoverse-v1"},
    {0x41, 0xd41, 0xd41, "cortex-a78"},   {0x41, 0xd43, 0xd43, "cortex-a65ae"},
    {0x41, 0xd44, 0xd44, "cortex-x1"},    {0x41, 0xd49, 0xd49, "neoverse-n2"},
    {0x41, 0xd4a, 0xd4a, "neoverse-e1"},  {0x42, 0x516, 0x516, "thunderx2t99p1"},
    {0x43, 0xa0, 0xa0, "thunderx"},       {0x43, 0xa1, 0xa1, "thunderxt88p1", 0, 0},
    {0x43, 0xa1, 0xa1, "thunderxt88", 1}, {0x43, 0xa2, 0xa2, "thunderxt81"},
    {0x43, 0xa3, 0xa3, "thunderxt83"},    {0x43, 0xaf, 0xaf, "thunderx2t99"},
    {0x43, 0xb0, 0xb0, "octeontx2"},      {0x43, 0xb1, 0xb1, "octeontx2t98"},
    {0x43, 0xb2, 0xb2, "octeontx2t96"},   {0x43, 0xb3, 0xb3, "octeontx2f95"},
    {0x43, 0xb4, 0xb4, "octeontx2f95n"},  {0x43, 0xb5, 0xb5, "octeontx2f95mm"},
    {0x43, 0xb8, 0xb8, "thunderx3t110"},  {0x46, 0x1, 0x1, "a64fx"},
    {0x48, 0xd01, 0xd01, "tsv110"},       {0x48, 0xd40, 0xd40, "cortex-a76"},
    {0x4e, 0x0, 0x0, "denver1"},          {0x4e, 0x3, 0x3, "denver2"},
    {0x4e, 0x4, 0x4, "carmel"},           {0x50, 0x0, 0x0, "xgene1"},
    {0x51, 0x201, 0x201, "kyro"},         {0x51, 0x205, 0x205, "kyro"},
    {0x51, 0x211, 0x211, "kyro"},         {0x51, 0x800, 0x800, "cortex-a73"},
    {0x51, 0x801, 0x801, "cortex-a53"},   {0x51, 0x802, 0x802, "cortex-a75"},
    {0x51, 0x803, 0x803, "cortex-a55"},   {0x51, 0x804, 0x804, "cortex-a76"},
    {0x51, 0x805, 0x805, "cortex-a55"},   {0x51, 0xc00, 0xc00, "falkor"},
    {0x51, 0xc01, 0xc01, "saphira"},      {0x53, 0x1, 0x1, "exynos-m2", 4, 4},
    {0x53, 0x1, 0x1, "exynos-m1"},        {0x53, 0x2, 0x2, "exynos-m3", 1, 1},
    {0x53, 0x3, 0x3, "exynos-m4", 1, 1},  {0x53, 0x4, 0x4, "exynos-m5", 1, 1},
    {0x61, 0x1, 0x1, "apple-a7"},         {0x61, 0x2, 0x3, "apple-a8"},
    {0x61, 0x4, 0x5, "apple-a9"},         {0x61, 0x6, 0x7, "apple-a10"},
    {0x61, 0x8, 0x9, "apple-a11"},        {0x61, 0xb, 0xc, "apple-a12"},
    {0x61, 0xf, 0xf, "apple-s4"},         {0x61, 0x10, 0x11, "apple-a12"},
    {0x61, 0x12, 0x13, "apple-a13"},      {0x61, 0x20, 0x21, "apple-a14"},
    {0x61, 0x22, 0x23, "apple-m1"},       {0x61, 0x24, 0x25, "apple-m1"},
    {0x61, 0x28, 0x29, "apple-m1"},       {0x61, 0x30, 0x31, "apple-a15"},
    {0x61, 0x32, 0x35, "apple-m2"},       {0x61, 0x38, 0x39, "apple-m2"},
    {0x61, 0x40, 0x41, "apple-a16"},      {0x61, 0x42, 0x45, "apple-m3"},
    {0x61, 0x48, 0x49, "apple-m3"},       {0x61, 0x50, 0x51, "apple-a17"},
    {0x61, 0x52, 0x55, "apple-m4"},       {0x61, 0x58, 0x59, "apple-m4"},
    {0x68, 0x0, 0x0, "phecda"},
};

std::string_view cpu_of(uint64_t main_id) {
  const auto implementer = static_cast<uint8_t>(main_id >> 24);
  const auto part = static_cast<uint16_t>(main_id >> 4 & 0xfff);
  const auto variant = static_cast<uint8_t>(main_id >> 20 & 0xf);
  for (const MainIdRow& row : main_ids) {
    if (row.implementer == implementer && row.first_part <= part && part <= row.last_part &&
        row.first_variant <= variant && variant <= row.last_variant)
      return row.cpu;
  }
  return {};
}

// Kernels do not tell all that a core can do, so that Julia adds what it knows of the cores' names, as far as
// all share it.
FeatureWords aarch64_features(const ProcessorTable& table, const MachineFacts& facts,
                              const JuliaVersion& version) {
  FeatureWords words(table.words);
  words[0] = facts.hwcap;
  words[1] = facts.hwcap2;
  if ((facts.hwcap >> 31) != 0) add(words, features_of(table, "pauth"));
  std::optional<FeatureWords> shared;
  for (const uint64_t main_id : facts.main_ids) {
    const auto known = cpu_features(table, cpu_of(main_id), version);
    const FeatureWords features = known.value_or(FeatureWords(table.words));
    if (shared)
      keep(*shared, features);
    else
      shared = features;
  }
  if (shared) add(words, *shared);
  keep(words, all_features(table));
  return words;
}

class MachineProcessor final : public Processor {
 public:
  MachineProcessor(MachineFacts facts, std::string_view changes)
      : facts_(std::move(facts)), changes_(parse_feature_changes(changes)), text_(changes) {}
  std::string description() const override {
    return text_.empty() ? "this machine's processor" : "this machine's processor with " + text_;
  }
  std::variant<SessionTarget, std::string> session_target(
      const Prefix& writer, const std::vector<CloneTarget>& image) const override {
    const ProcessorTable* table = image.empty() ? nullptr : processor_table(writer, image[0]);
    if (table == nullptr) return no_numbering(writer);
    if (table->is_generated)
      return fmt::format("how Julia {} finds out what a processor can do is not known", writer.version);
    if (table->architectures[0] != facts_.architecture)
      return fmt::format("it is for {}, and this machine is {}", writer.arch, facts_.architecture);
    return memory_.get(*table, writer, [this](const ProcessorTable& known, const JuliaVersion& version) {
      const FeatureWords features = facts_.architecture == "aarch64"
                                        ? aarch64_features(known, facts_, version)
                                        : x86_features(known, facts_);
      return settle(known, "", features, changes_, true, version);
    });
  }

 private:
  MachineFacts facts_;
  std::vector<FeatureChange> changes_;
  std::string text_;
  mutable TargetMemory memory_;
};

}  // namespace
}  // namespace check

std::shared_ptr<const Processor> machine_processor(MachineFacts facts, std::string_view changes) {
  return std::make_shared<check::MachineProcessor>(std::move(facts), changes);
}

}  // namespace jireloc
