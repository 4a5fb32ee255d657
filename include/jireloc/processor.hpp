// Which processors the native code of an image was compiled for, and whether a session on some processor
// takes it: "Unable to find compatible target in cached code image", without Julia.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc {

// The features of a clone target by the names that the Julia that wrote it gives them. One whose number is
// not known is "WORD:BIT", counted in the 32-bit words of CloneTarget.
struct FeatureNames {
  std::vector<std::string> enabled, disabled;  // in the order of their numbers
  std::string_view source;  // where the names come from: a file of Julia's and its commit; empty: not known
};
FeatureNames feature_names(const Prefix& writer, const CloneTarget& target);

// What a session asks of images: the target that Julia settles on when it starts (jit_targets.front() in
// src/processor_x86.cpp and src/processor_arm.cpp up to 1.13, in src/processor.cpp later). Words as in
// CloneTarget.
struct SessionTarget {
  std::string name;  // of the processor, "znver5"; empty: not known, which decides nothing but the choice
  std::vector<uint32_t> enabled, disabled;
};

// What became of one of an image's targets.
struct TargetOutcome {
  std::vector<std::string> refused;  // features that it needs and the session disables
  std::string_view julia_reason;     // the sentence that Julia 1.11 to 1.13 write of it
};

struct TargetMatch {
  std::optional<size_t> chosen;  // the target that runs; nothing: the image is rejected
  std::vector<TargetOutcome> outcomes;
  // Of a rejection: the text of jl_check_pkgimage_clones, word for word. Several lines in 1.11 to 1.13.
  std::string julia_message;
};

// jl_check_pkgimage_clones (1.9 and later): a target is refused if it enables a feature that the session
// disables. Of the others 1.9 to 1.13 prefer those with the session's name, all versions the longest vector
// registers, then the most features, then the last (match_sysimg_targets in src/processor.cpp; 1.14:
// match_targets in JuliaLang/cpufeatures). `writer` is the prefix of the image, which is the session's.
//
// A session of 1.14 also gives up vector registers that its system image was not compiled for, which no cache
// file tells: with a system image of one's own, an image may be rejected there that is taken here.
TargetMatch match_clone_targets(const Prefix& writer, const std::vector<CloneTarget>& image,
                                const SessionTarget& session);

// A processor that sessions run on, whatever the Julia. Safe for several threads.
class Processor {
 public:
  virtual ~Processor() = default;
  // For sentences: "this machine's processor", "znver3,+aes".
  virtual std::string description() const = 0;
  // The target of a session of the Julia that wrote `image`; or why it cannot be told, as the rest of a
  // sentence that begins "not judged: ".
  virtual std::variant<SessionTarget, std::string> session_target(
      const Prefix& writer, const std::vector<CloneTarget>& image) const = 0;
};

// A processor by the name and features that `julia -C` takes ("znver3", "haswell,+aes,-avx2"), having all
// that Julia's own table says of the name. Throws Error (usage) if the text names several, or is of another
// form.
std::shared_ptr<const Processor> named_processor(std::string_view text);

// The processor on which each of these images was compiled, by what they record: several for several Julias.
// An image that was compiled with JULIA_CPU_TARGET (or -C) set tells that target instead, which is at most
// what its machine can do: too little may be taken for fresh, never too much. Throws Error (usage) for one
// that has no native code, or more targets than one.
struct ImageOfProcessor {
  std::string path;
  CacheFile header;
};
std::shared_ptr<const Processor> processor_of_images(std::vector<ImageOfProcessor> images);

// What a machine tells of its processor, before any Julia makes something of it.
struct MachineFacts {
  struct Registers {
    uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  };
  struct Core {
    std::map<std::pair<uint32_t, uint32_t>, Registers> cpuid;  // by leaf and subleaf; absent: not there
    uint64_t xcr0 = 0;  // what the operating system saves of a thread's registers
  };
  std::string architecture;        // "x86_64", "aarch64"; any other is not judged
  std::vector<Core> cores;         // x86: one, or where they may differ each that a session may run on
  uint32_t hwcap = 0, hwcap2 = 0;  // aarch64 Linux
  std::vector<uint64_t> main_ids;  // aarch64: MIDR_EL1 of the cores, each value once
};
// Of the machine that this runs on.
MachineFacts this_machine();

// A session without -C on that machine, as Julia 1.9 to 1.13 find out what it can do (_get_host_cpu in
// src/processor_x86.cpp and src/processor_arm.cpp); not judged for later ones, which have other means.
// JULIA_CPU_TARGET makes no difference to it: Julia hands that to the processes that compile, not to itself.
// `changes`: features as in named_processor, "+aes,-avx2".
std::shared_ptr<const Processor> machine_processor(MachineFacts facts, std::string_view changes = {});

}  // namespace jireloc
