#include "cli/path_report.hpp"

#include <fmt/format.h>

#include "cli/printable.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

uint64_t total(const PayloadAudit& audit) {
  uint64_t sum = 0;
  for (const uint64_t count : audit.outcomes) sum += count;
  return sum;
}

std::string paths(uint64_t count) {
  return fmt::format("{} path{}", count, count == 1 ? "" : "s");
}

}  // namespace

std::string paths_sentence(const PayloadAudit& audit, bool with_step) {
  if (!audit.problem.empty()) return fmt::format("what its code names is not known: {}", audit.problem);
  if (const uint64_t count = audit.count(PathOutcome::would_break); count != 0) {
    const AuditedPath& path = audit.example(PathOutcome::would_break);
    return fmt::format("{} in its code would break: \"{}\" is there, and nothing is at \"{}\"", paths(count),
                       printable(path.path), printable(path.new_path));
  }
  if (const uint64_t count = audit.count(PathOutcome::unknown); count != 0)
    return fmt::format("{} in its code could not be looked at: \"{}\"", paths(count),
                       printable(audit.example(PathOutcome::unknown).path));
  if (audit.not_there_yet != 0)
    return fmt::format("{} in its code cannot be judged: nothing is at the new place yet",
                       paths(audit.not_there_yet));
  if (!with_step && audit.count(PathOutcome::former_place) != 0) {
    const AuditedPath& path = audit.example(PathOutcome::former_place);
    return fmt::format("its code names a former place of the depot: \"{}\" is at \"{}\"",
                       printable(path.path), printable(path.new_path));
  }
  if (audit.absent_now != 0)
    return fmt::format("{} in its code name{} nothing that is there: \"{}\"", paths(audit.absent_now),
                       audit.absent_now == 1 ? "s" : "", printable(audit.first_absent.path));
  const uint64_t absent = audit.count(PathOutcome::absent_before);
  return absent == 0 ? "nothing that its code names would break"
                     : fmt::format("nothing that its code names would break; {} named nothing before either",
                                   paths(absent));
}

std::string paths_text(const PayloadAudit& audit) {
  TextTable table({"Place", "Before", "After", "Outcome", "Path"});
  for (const AuditedPath& path : audit.paths)
    table.add({std::string(name(path.place)), std::string(name(path.before)), std::string(name(path.after)),
               std::string(name(path.outcome)), printable(path.path)});
  std::string text = table.empty() ? std::string() : table.text();
  if (total(audit) > audit.paths.size())
    text += fmt::format("{} more; --all lists them\n", total(audit) - audit.paths.size());
  return text;
}

void append_paths(JsonWriter& json, const PayloadAudit& audit, bool with_step) {
  json.count("paths_total", total(audit)).key("path_outcomes").begin_object();
  for (size_t outcome = 0; outcome < kPathOutcomes; ++outcome)
    json.count(name(static_cast<PathOutcome>(outcome)), audit.outcomes[outcome]);
  json.end_object();
  std::vector<std::string> former;
  for (const PathMapping& place : audit.former) former.push_back(place.from);
  json.strings("former_places", former).field("paths_summary", paths_sentence(audit, with_step));
  json.key("paths").begin_array();
  for (const AuditedPath& path : audit.paths) {
    json.begin_object().path("path", path.path);
    if (!path.new_path.empty()) json.path("new_path", path.new_path);
    json.field("place", name(path.place)).field("before", name(path.before)).field("after", name(path.after));
    json.field("outcome", name(path.outcome)).flag("whole", path.whole).field("kind", name(path.kind));
    json.field("file", path.file == PayloadFile::image ? "image" : "library").field("section", path.section);
    json.count("offset", path.offset).end_object();
  }
  json.end_array();
}

}  // namespace jireloc::cli
