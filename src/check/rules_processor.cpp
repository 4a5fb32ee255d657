// The rule about processors: jl_check_pkgimage_clones.
#include <fmt/format.h>

#include "check/subject.hpp"
#include "jireloc/error.hpp"
#include "jireloc/processor.hpp"

namespace jireloc::check {
namespace {

constexpr size_t shown_features = 3, shown_targets = 3;

std::string some_of(const std::vector<std::string>& names) {
  std::string text = names.empty() ? "features without a name" : "";
  for (size_t i = 0; i < names.size() && i < shown_features; ++i) {
    const bool is_last = i + 1 == names.size();
    text += (i == 0 ? "" : is_last ? " and " : ", ") + names[i];
  }
  if (names.size() > shown_features) text += fmt::format(" and {} more", names.size() - shown_features);
  return text;
}

// "znver5 needs avx512f, avx512vl and 9 more"
std::string what_is_missing(const std::vector<CloneTarget>& targets, const TargetMatch& match) {
  std::string text;
  for (size_t i = 0; i < targets.size() && i < shown_targets; ++i) {
    text += fmt::format("{}its code for {} needs {}", i == 0 ? "" : "; ", targets[i].name,
                        some_of(match.outcomes[i].refused));
  }
  if (targets.size() > shown_targets) text += fmt::format("; and so on for all {}", targets.size());
  return text;
}

void judge_processor(Subject& subject, const std::vector<CloneTarget>& targets) {
  const Processor* processor = subject.context.processor.get();
  if (processor == nullptr) {
    subject.note("whether native code suits the processor: none was named");
    return;
  }
  const auto session = processor->session_target(subject.file.prefix, targets);
  if (const auto* why = std::get_if<std::string>(&session)) {
    subject.note(fmt::format("whether native code suits {}: {}", processor->description(), *why));
    return;
  }
  const TargetMatch match =
      match_clone_targets(subject.file.prefix, targets, std::get<SessionTarget>(session));
  if (match.chosen) return;
  const std::string& said = match.julia_message;
  subject.reject(Code::target_mismatch,
                 fmt::format("{}, which {} lacks. Julia says: {}", what_is_missing(targets, match),
                             processor->description(), said.substr(0, said.find('\n'))),
                 {},
                 fix::CompileAgain{"compile it on that processor, or on this one for both with "
                                   "JULIA_CPU_TARGET, as in \"generic;native,clone_all\""});
}

}  // namespace

void check_clone_targets(Subject& subject) {
  if (!subject.file.is_split()) return;
  std::vector<CloneTarget> targets;
  try {
    targets = decode_clone_targets(subject.file.clone_targets);
  } catch (const Error& problem) {
    subject.reject(Code::target_mismatch, "its processor targets cannot be read: " + problem.message(), {},
                   fix::CompileAgain{"the file is damaged", true});
    return;
  }
  if (!targets.empty()) return judge_processor(subject, targets);
  subject.reject(Code::target_mismatch, "it names no processor target at all", {},
                 fix::CompileAgain{"the file is damaged", true});
}

}  // namespace jireloc::check
