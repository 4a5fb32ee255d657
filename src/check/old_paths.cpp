// Beyond Julia: an accepted image whose code still names a place that is gone.
#include <fmt/format.h>

#include <map>
#include <vector>

#include "check/subject.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::check {
namespace {

struct Constants {
  uint64_t count = 0;
  std::string first;  // the text of one of them
};

std::map<std::string, Constants> constants_by_path(const PayloadScan& scan) {
  std::map<std::string, Constants> found;
  for (const Occurrence& occurrence : scan.occurrences) {
    if (occurrence.kind != OccurrenceKind::path_constant || occurrence.match == Match::other_path) continue;
    Constants& constants = found[occurrence.path];
    ++constants.count;
    if (constants.first.empty() && occurrence.match == Match::path) constants.first = occurrence.text;
  }
  return found;
}

// One search for all paths: an image may name very many.
void report_constants(Subject& subject, const PayloadInput& input, const std::vector<std::string>& gone) {
  for (const std::string& old_path : gone) subject.context.view->require_absent(old_path);
  const PayloadScan scan = scan_payload(input, gone);
  if (scan.summary == PayloadSummary::unknown) {
    for (const std::string& old_path : gone)
      subject.note(fmt::format("whether its code names {} is not known: {}", old_path,
                               scan.obstacle ? scan.obstacle->message : "its payload cannot be looked into"));
  }
  for (const auto& [old_path, constants] : constants_by_path(scan))
    subject.report.findings.push_back(
        {"old paths in payload",
         fmt::format("{} path constants in its code name {}, which is not there (\"{}\" is one)",
                     constants.count, old_path, constants.first),
         old_path, Mend::rewrite_map,
         fmt::format("jireloc rewrite --map {}=NEW, with the payload", old_path)});
}

}  // namespace

void find_old_paths(Subject& subject) {
  try {
    std::unique_ptr<ByteSource> library;
    const std::string& library_path = subject.report.native_library;
    if (!library_path.empty() && subject.status(library_path).is_file())
      library = open_file(subject.actual(library_path));
    const PayloadInput input{subject.file, subject.source, library.get()};
    std::vector<std::string> gone = infer_old_paths(input);
    std::erase_if(gone, [&](const std::string& path) { return subject.status(path).exists(); });
    if (!gone.empty()) report_constants(subject, input, gone);
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) return subject.leave_open(problem);
    subject.note(std::string("its code was not looked into: ") + problem.what());
  }
}

}  // namespace jireloc::check
