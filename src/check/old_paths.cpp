// Beyond Julia: an accepted image whose code still names a place that is gone.
#include <fmt/format.h>

#include "check/subject.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::check {
namespace {

std::string first_constant(const PayloadScan& scan) {
  for (const Occurrence& occurrence : scan.occurrences) {
    if (occurrence.kind == OccurrenceKind::path_constant && occurrence.match == Match::path)
      return occurrence.text;
  }
  return {};
}

void report_constants(Subject& subject, const PayloadInput& input, const std::string& old_path) {
  subject.context.view->require_absent(old_path);
  const std::string paths[] = {old_path};
  const PayloadScan scan = scan_payload(input, paths);
  const uint64_t constants = scan.counts()[static_cast<size_t>(OccurrenceKind::path_constant)];
  if (scan.summary == PayloadSummary::unknown) {
    subject.note(fmt::format("whether its code names {} is not known: {}", old_path,
                             scan.obstacle ? scan.obstacle->message : "its payload cannot be looked into"));
  }
  if (constants == 0) return;
  subject.report.findings.push_back(
      {"old paths in payload",
       fmt::format("{} path constants in its code name {}, which is not there (\"{}\" is one)", constants,
                   old_path, first_constant(scan)),
       old_path, Mend::rewrite_map, fmt::format("jireloc rewrite --map {}=NEW, with the payload", old_path)});
}

}  // namespace

void find_old_paths(Subject& subject) {
  try {
    std::unique_ptr<ByteSource> library;
    const std::string& library_path = subject.report.native_library;
    if (!library_path.empty() && subject.status(library_path).is_file())
      library = open_file(subject.actual(library_path));
    const PayloadInput input{subject.file, subject.source, library.get()};
    for (const std::string& old_path : infer_old_paths(input)) {
      if (!subject.status(old_path).exists()) report_constants(subject, input, old_path);
    }
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) return subject.leave_open(problem);
    subject.note(std::string("its code was not looked into: ") + problem.what());
  }
}

}  // namespace jireloc::check
