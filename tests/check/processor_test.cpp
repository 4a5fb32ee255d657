// Which images a processor takes: real ones with bits set and cleared, and targets made for the rule.
#include "jireloc/processor.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "check/processor_tables.hpp"
#include "check/session.hpp"
#include "jireloc/error.hpp"
#include "support/corpus.hpp"

using namespace jireloc;
using namespace jireloc::check;
using test::codes;
using test::Codes;
using test::Session;

namespace {

constexpr const char* split_folders[] = {
    "1.9.4-split",      "1.10.8-split",     "1.11.0-DEV-split",         "1.12.5-split",
    "1.13.0-rc1-split", "1.14.0-DEV-split", "1.14.0-DEV-format15-split"};

std::string encode(const std::vector<CloneTarget>& targets) {
  std::string bytes;
  const auto put = [&bytes](uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  put(static_cast<uint32_t>(targets.size()));
  for (const CloneTarget& target : targets) {
    put(target.flags);
    if (target.base) put(static_cast<uint32_t>(*target.base));
    put(static_cast<uint32_t>(target.features_enabled.size() / (target.base ? 2 : 1)));
    for (const uint32_t word : target.features_enabled) put(word);
    for (const uint32_t word : target.features_disabled) put(word);
    for (const std::string& text : {target.name, target.extra_features}) {
      put(static_cast<uint32_t>(text.size()));
      bytes += text;
    }
  }
  return bytes;
}

std::shared_ptr<const Processor> processor_of(const CacheFile& header) {
  return processor_of_images({{"other.ji", header}});
}

CloneTarget target_of(const CacheFile& file) {
  return decode_clone_targets(file.clone_targets).at(0);
}

// The first feature that an image's target disables, switched on there.
std::string switch_one_on(CacheFile& file) {
  CloneTarget target = target_of(file);
  const FeatureNames before = feature_names(file.prefix, target);
  for (size_t word = 0; word < target.features_disabled.size(); ++word) {
    const uint32_t bits = target.features_disabled[word];
    if (bits == 0) continue;
    target.features_enabled[word] |= bits & (0 - bits);
    target.features_disabled[word] &= ~(bits & (0 - bits));
    break;
  }
  file.clone_targets = encode({target});
  return before.disabled.at(0);
}

Prefix writer_of(std::string_view architecture, std::string_view version) {
  Prefix prefix;
  prefix.arch = architecture;
  prefix.version = version;
  return prefix;
}

CloneTarget target_with(const ProcessorTable& table, std::string_view name, std::string_view features) {
  CloneTarget target;
  target.name = name;
  target.features_enabled = features_of(table, features);
  target.features_disabled = all_features(table);
  remove(target.features_disabled, target.features_enabled);
  if (table.is_generated) target.base = -1;
  return target;
}

SessionTarget session_with(const ProcessorTable& table, std::string_view name, std::string_view features) {
  const CloneTarget target = target_with(table, name, features);
  return {target.name, target.features_enabled, target.features_disabled};
}

// What a processor with these words says of itself by cpuid, as 1.12's Julia reads it.
MachineFacts::Core core_with(const FeatureWords& words, uint64_t xcr0) {
  MachineFacts::Core core;
  core.cpuid[{0, 0}].eax = 0x20;
  core.cpuid[{0x80000000, 0}].eax = 0x80000008;
  core.cpuid[{1, 0}] = {0, 0, words[0] | 1u << 27, words[1]};
  core.cpuid[{7, 0}] = {1, words[2], words[3], words[4]};
  core.cpuid[{0x80000001, 0}] = {0, 0, words[5], words[6]};
  core.cpuid[{0xd, 1}].eax = words[7];
  core.cpuid[{0x80000008, 0}].ebx = words[8];
  core.cpuid[{7, 1}] = {words[9], words[10], 0, 0};
  core.cpuid[{0x14, 0}].ebx = words[11];
  core.xcr0 = xcr0;
  return core;
}

constexpr uint64_t saves_all = 0x600e7, saves_avx = 0x7;

MachineFacts machine_like(const CloneTarget& target, uint64_t xcr0 = saves_all) {
  return {"x86_64", {core_with(target.features_enabled, xcr0)}, 0, 0, {}};
}

SessionTarget session_on(const MachineFacts& facts, const Prefix& writer, const CloneTarget& target) {
  const auto session = machine_processor(facts)->session_target(writer, {target});
  REQUIRE(std::holds_alternative<SessionTarget>(session));
  return std::get<SessionTarget>(session);
}

}  // namespace

TEST_CASE("an image is fresh on the processor that another image of the same machine tells") {
  for (const char* folder : split_folders) {
    CAPTURE(folder);
    Session session(folder);
    session.context.processor = processor_of(session.file);
    const ImageReport report = session.check();
    CHECK(codes(report).empty());
    CHECK(report.notes.empty());
  }
}

TEST_CASE("an image that needs one feature more than the processor has is rejected, and the feature named") {
  for (const char* folder : split_folders) {
    CAPTURE(folder);
    Session session(folder);
    session.context.processor = processor_of(session.file);
    const std::string feature = switch_one_on(session.file);
    const ImageReport report = session.check_changed();
    REQUIRE(codes(report) == Codes{"target-mismatch"});
    CHECK(report.verdict == Verdict::stale);
    CHECK(report.reasons[0].message.find(" needs " + feature + ", which ") != std::string::npos);
    CHECK(report.reasons[0].message.find("Julia says: Unable to find compatible target in ") !=
          std::string::npos);
    CHECK(name(report.reasons[0].fix) == "compile-again");
  }
}

TEST_CASE("an image that needs less than the processor has is fresh") {
  for (const char* folder : split_folders) {
    CAPTURE(folder);
    Session session(folder);
    session.context.processor = processor_of(session.file);
    CloneTarget target = target_of(session.file);
    target.features_enabled.back() = target.features_enabled.front() = 0;
    session.file.clone_targets = encode({target});
    CHECK(codes(session.check_changed()).empty());
  }
}

TEST_CASE("one target that the processor takes is enough") {
  Session session("1.12.5-split");
  session.context.processor = processor_of(session.file);
  const CloneTarget plain = target_of(session.file);
  switch_one_on(session.file);
  const CloneTarget greedy = target_of(session.file);
  session.file.clone_targets = encode({greedy, plain});
  CHECK(codes(session.check_changed()).empty());
  session.file.clone_targets = encode({greedy, greedy});
  const ImageReport report = session.check_changed();
  REQUIRE(codes(report) == Codes{"target-mismatch"});
  CHECK(report.reasons[0].message.find("; its code for znver5 needs rdrnd") != std::string::npos);
}

TEST_CASE("where no processor is named native code is not judged, and that is said once") {
  Session split("1.12.5-split"), plain("1.12.5-plain");
  const ImageReport report = split.check();
  CHECK(report.verdict == Verdict::fresh);
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0].find("none was named") != std::string::npos);
  CHECK(plain.check().notes.empty());
}

TEST_CASE("what an image of another Julia or architecture tells is not held against an image") {
  Session old("1.10.8-split"), session("1.12.5-split");
  session.context.processor = processor_of(old.file);
  ImageReport report = session.check();
  CHECK(report.verdict == Verdict::fresh);
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0].find("is by another Julia than 1.12.5") != std::string::npos);
  session.context.processor = processor_of_images({{"old.ji", old.file}, {"new.ji", session.file}});
  CHECK(session.check().notes.empty());
  CacheFile other = session.file;
  other.prefix.arch = "aarch64";
  session.context.processor = processor_of(other);
  CHECK(session.check().notes.size() == 1);
}

TEST_CASE("an image without native code or for several processors tells none") {
  Session plain("1.12.5-plain"), split("1.12.5-split");
  CHECK_THROWS_AS(processor_of(plain.file), Error);
  split.file.clone_targets = encode({target_of(split.file), target_of(split.file)});
  CHECK_THROWS_AS(processor_of(split.file), Error);
}

TEST_CASE("an image of a feature that the telling image says nothing of is not judged") {
  Session session("1.12.5-split");
  CacheFile silent = session.file;
  CloneTarget target = target_of(silent);
  target.features_enabled[2] &= ~(1u << 5);  // neither with avx2 nor without
  silent.clone_targets = encode({target});
  session.context.processor = processor_of(silent);
  const ImageReport report = session.check();
  CHECK(report.verdict == Verdict::fresh);
  CHECK(report.notes.size() == 1);
}

TEST_CASE("a rejection reads as each Julia writes it") {
  const auto message = [](const ProcessorTable& table, std::string_view version) {
    const std::vector<CloneTarget> image = {target_with(table, "x86-64", "cx16 avx"),
                                            target_with(table, "haswell", "avx2")};
    return match_clone_targets(writer_of("x86_64", version), image, session_with(table, "core2", "cx16"))
        .julia_message;
  };
  CHECK(message(x86_eleven_words, "1.10.8") == "Unable to find compatible target in system image.");
  CHECK(message(x86_twelve_words, "1.12.5") ==
        "Unable to find compatible target in cached code image.\n"
        "Target 0 (generic): Rejecting this target due to use of runtime-disabled features\n"
        "Target 1 (haswell): Rejecting this target due to use of runtime-disabled features\n");
  CHECK(message(x86_generated, "1.14.0-DEV") == "Unable to find compatible target in cached code image.");
}

TEST_CASE("of several targets that fit the name decides, then the registers, the features and the order") {
  const ProcessorTable& table = x86_twelve_words;
  const auto chosen = [&](const std::vector<CloneTarget>& image, std::string_view name) {
    return *match_clone_targets(writer_of("x86_64", "1.12.5"), image,
                                session_with(table, name, "cx16 sse3 ssse3 avx avx2 avx512f aes"))
                .chosen;
  };
  const CloneTarget generic = target_with(table, "x86-64", "cx16"),
                    avx = target_with(table, "haswell", "avx avx2"),
                    wide = target_with(table, "skx", "avx512f"), few = target_with(table, "knl", "avx");
  CHECK(chosen({generic, avx, wide, few}, "nobody") == 2);
  CHECK(chosen({generic, avx, wide, few}, "haswell") == 1);
  CHECK(chosen({generic, avx, wide, few}, "skylake-avx512") == 2);
  CHECK(chosen({generic, avx, wide}, "generic") == 0);
  CHECK(chosen({generic, avx, few}, "nobody") == 1);
  CHECK(chosen({avx, few, avx}, "nobody") == 2);
}

TEST_CASE("1.14 goes by registers before names, and without evex512 the longest are not used") {
  const ProcessorTable& table = x86_generated;
  const auto session = session_with(table, "haswell", "avx avx2 avx512f evex512 aes");
  const auto chosen = [&](const std::vector<CloneTarget>& image) {
    return *match_clone_targets(writer_of("x86_64", "1.14.0-DEV"), image, session).chosen;
  };
  const CloneTarget named = target_with(table, "haswell", "avx avx2");
  CHECK(chosen({named, target_with(table, "skylake-avx512", "avx avx512f evex512")}) == 1);
  CHECK(chosen({named, target_with(table, "skylake-avx512", "avx512f")}) == 0);
}

TEST_CASE("1.14 passes over the versions of an architecture, and no other feature") {
  const auto accepts = [](std::string_view features) {
    const ProcessorTable& table = aarch64_generated;
    return match_clone_targets(writer_of("aarch64", "1.14.0-DEV"), {target_with(table, "x", features)},
                               session_with(table, "y", "neon"))
        .chosen.has_value();
  };
  CHECK(accepts("neon v8.4a"));
  CHECK_FALSE(accepts("neon sve"));
}

TEST_CASE("a processor by name has what Julia's table gives it, and the features that are written with it") {
  Session session("1.12.5-split");
  const auto verdict = [&](std::string_view name) {
    session.context.processor = named_processor(name);
    return session.check().verdict;
  };
  CHECK(verdict("znver5") == Verdict::fresh);
  CHECK(verdict("znver4,+avxvnni,+avx512vp2intersect") == Verdict::fresh);
  CHECK(verdict("znver4") == Verdict::stale);
  CHECK(verdict("haswell") == Verdict::stale);
  CHECK(verdict("znver5,-avx512bf16") == Verdict::stale);
  CHECK(verdict("znver5,-avx") == Verdict::stale);
  CHECK(verdict("x86-64") == Verdict::stale);
}

TEST_CASE("a feature goes with what it needs") {
  const auto enabled = [](std::string_view name, std::string_view arch, std::string_view version,
                          const ProcessorTable& table) {
    const auto session =
        named_processor(name)->session_target(writer_of(arch, version), {target_with(table, "", "")});
    REQUIRE(std::holds_alternative<SessionTarget>(session));
    return std::get<SessionTarget>(session).enabled;
  };
  const auto& table = x86_twelve_words;
  CHECK(enabled("generic,+avx2", "x86_64", "1.12.5", table) ==
        features_of(table, "cx16 sse3 ssse3 sse4.1 sse4.2 avx avx2"));
  CHECK(enabled("haswell,-avx", "x86_64", "1.12.5", table) ==
        features_of(table,
                    "cx16 sse3 ssse3 sse4.1 sse4.2 sahf popcnt pclmul xsave fsgsbase bmi bmi2 lzcnt movbe"));
  CHECK(enabled("generic,+v8_2a", "aarch64", "1.10.8", aarch64_three_words) ==
        features_of(aarch64_three_words, "v8_1a v8_2a crc lse rdm ccpp"));
  CHECK(enabled("generic,+crypto", "aarch64", "1.10.8", aarch64_three_words) ==
        features_of(aarch64_three_words, "aes sha2"));
  const auto generated = enabled("haswell,-avx", "x86_64", "1.14.0-DEV", x86_generated);
  for (const std::string_view lost : {"avx", "avx2", "fma", "f16c", "xsaveopt", "rdrnd"})
    CHECK_FALSE(has(generated, *find_feature(x86_generated, lost)));
  CHECK(has(generated, *find_feature(x86_generated, "sse4.2")));
}

TEST_CASE("a name or feature that a version does not know is a note, and no verdict") {
  Session session("1.10.8-split");
  for (const char* name : {"znver5", "zilog80", "haswell,+avxifma"}) {
    CAPTURE(name);
    session.context.processor = named_processor(name);
    const ImageReport report = session.check();
    CHECK(report.verdict == Verdict::fresh);
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0].find("Julia 1.10 knows no processor") != std::string::npos);
  }
}

TEST_CASE("what names no processor is a usage error") {
  for (const char* text : {"", ",+avx", "haswell;skylake", "haswell,avx", "haswell,+", "haswell,clone_all"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(named_processor(text), Error);
  }
}

TEST_CASE("a session on the machine that compiled an image has the target that the image records") {
  for (const char* folder : {"1.12.5-split", "1.13.0-rc1-split"}) {
    CAPTURE(folder);
    Session image(folder);
    const CloneTarget target = target_of(image.file);
    const SessionTarget session = session_on(machine_like(target), image.file.prefix, target);
    CHECK(session.enabled == target.features_enabled);
    FeatureWords unsaid = target.features_disabled;
    remove(unsaid, session.disabled);
    CHECK(std::ranges::all_of(unsaid, [](uint32_t word) { return word == 0; }));
    image.context.processor = machine_processor(machine_like(target));
    CHECK(codes(image.check()).empty());
  }
}

TEST_CASE("registers that the operating system does not save count as absent") {
  Session image("1.12.5-split");
  const CloneTarget target = target_of(image.file);
  const auto lacks = [&](const MachineFacts& facts, std::string_view feature) {
    return has(session_on(facts, image.file.prefix, target).disabled,
               *find_feature(x86_twelve_words, feature));
  };
  for (const char* name : {"avx512f", "avx512bf16", "avx512vp2intersect"})
    CHECK(lacks(machine_like(target, saves_avx), name));
  CHECK_FALSE(lacks(machine_like(target, saves_avx), "avx2"));
  for (const char* name : {"avx", "avx2", "fma", "xsave", "vaes"})
    CHECK(lacks(machine_like(target, 0), name));
  CHECK_FALSE(lacks(machine_like(target, 0), "sse4.2"));
  image.context.processor = machine_processor(machine_like(target, saves_avx));
  CHECK(codes(image.check()) == Codes{"target-mismatch"});
}

TEST_CASE("of cores that differ a session has what all of them have") {
  Session image("1.12.5-split");
  const CloneTarget target = target_of(image.file);
  CloneTarget small = target;
  remove(small.features_enabled, features_of(x86_twelve_words, "gfni"));
  MachineFacts facts = machine_like(target);
  facts.cores.push_back(core_with(small.features_enabled, saves_all));
  image.context.processor = machine_processor(facts);
  const ImageReport report = image.check();
  REQUIRE(codes(report) == Codes{"target-mismatch"});
  CHECK(report.reasons[0].message.find("needs gfni, which this machine's processor lacks") !=
        std::string::npos);
}

TEST_CASE("leaves that a processor does not have count as empty") {
  Session image("1.12.5-split");
  const CloneTarget target = target_of(image.file);
  MachineFacts facts = machine_like(target);
  facts.cores[0].cpuid[{0, 0}].eax = 6;
  facts.cores[0].cpuid[{0x80000000, 0}].eax = 0x80000000;
  const SessionTarget session = session_on(facts, image.file.prefix, target);
  for (const char* name : {"avx2", "bmi", "avx512bf16", "lzcnt", "clzero", "xsavec", "ptwrite"})
    CHECK(has(session.disabled, *find_feature(x86_twelve_words, name)));
  CHECK(has(session.enabled, *find_feature(x86_twelve_words, "avx")));
}

TEST_CASE("what a change asks for beyond the machine stays absent") {
  Session image("1.12.5-split");
  const CloneTarget target = target_of(image.file);
  const auto session = std::get<SessionTarget>(
      machine_processor(machine_like(target), "+amx-tile,-sha")->session_target(image.file.prefix, {target}));
  CHECK(has(session.disabled, *find_feature(x86_twelve_words, "amx-tile")));
  CHECK(has(session.disabled, *find_feature(x86_twelve_words, "sha")));
}

TEST_CASE("an aarch64 core is known by what the kernel tells and by its name, as far as all cores share it") {
  const ProcessorTable& table = aarch64_three_words;
  const Prefix writer = writer_of("aarch64", "1.11.2");
  const CloneTarget any = target_with(table, "", "");
  const auto enabled = [&](std::vector<uint64_t> ids) {
    return session_on({"aarch64", {}, 1u << 8 | 1u << 31 | 1u << 0, 1u << 1, std::move(ids)}, writer, any)
        .enabled;
  };
  constexpr uint64_t n1 = 0x413fd0c1, a72 = 0x410fd083, nobody = 0x7f0f1230;
  CHECK(enabled({}) == features_of(table, "lse pauth"));  // sve2 lacks sve
  CHECK(enabled({a72}) == features_of(table, "lse pauth crc"));
  CHECK(enabled({n1}) == features_of(table, "lse pauth crc rdm v8_1a v8_2a ccpp dotprod fullfp16 rcpc ssbs"));
  CHECK(enabled({n1, a72}) == features_of(table, "lse pauth crc"));
  CHECK(enabled({nobody, n1}) == features_of(table, "lse pauth"));
}

TEST_CASE(
    "a machine is not held against images of another architecture or of a Julia that finds out otherwise") {
  Session image("1.12.5-split"), later("1.14.0-DEV-format15-split");
  image.context.processor = machine_processor({"aarch64", {}, 0, 0, {}});
  REQUIRE(image.check().notes.size() == 1);
  CHECK(image.check().notes[0].find("it is for x86_64, and this machine is aarch64") != std::string::npos);
  later.context.processor = machine_processor(this_machine());
  CHECK(later.check().verdict == Verdict::fresh);
  CHECK(later.check().notes.size() == 1);
}

TEST_CASE("this machine tells its architecture and at least one core or name") {
  const MachineFacts facts = this_machine();
#if defined(__x86_64__)
  CHECK(facts.architecture == "x86_64");
  REQUIRE_FALSE(facts.cores.empty());
  CHECK((facts.cores[0].cpuid.at({1, 0}).edx >> 26 & 1) == 1);  // SSE2, without which there is no x86-64
#elif defined(__aarch64__)
  CHECK(facts.architecture == "aarch64");
  CHECK((facts.hwcap & 2) != 0);  // ASIMD
#endif
}
