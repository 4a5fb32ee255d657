// Beyond Julia: an accepted image whose code goes through an alias that does not lead to the depot any more.
#include <fmt/format.h>

#include "check/subject.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::check {

void find_broken_aliases(Subject& subject) {
  if (subject.context.broken_aliases.empty()) return;
  try {
    const auto library = subject.open_library();
    for (const auto& [alias, problem] : subject.context.broken_aliases) {
      const std::string paths[] = {alias};
      const auto counts = scan_payload({subject.file, subject.source, library.get()}, paths).counts();
      const uint64_t constants = counts[static_cast<size_t>(OccurrenceKind::path_constant)] +
                                 counts[static_cast<size_t>(OccurrenceKind::unclassified)];
      if (constants == 0) continue;
      subject.report.findings.push_back(
          {Code::alias_broken,
           fmt::format("{} path constants in its code go through it: {}", constants, problem), alias,
           fix::RestoreFile{problem}});
    }
  } catch (const Error& failure) {
    subject.note(std::string("whether its code goes through a broken alias is not known: ") + failure.what());
  }
}

}  // namespace jireloc::check
