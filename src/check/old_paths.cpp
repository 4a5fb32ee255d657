// Beyond Julia: an accepted image whose code names a place that is gone, or nothing at all.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "check/subject.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload_audit.hpp"
#include "payload/prefix_table.hpp"

namespace jireloc::check {
namespace {

// The depots of the session, and the one that the image lies in.
std::vector<std::string> depots_of(const Subject& subject) {
  std::vector<std::string> depots = subject.context.depots;
  const auto parts = parse_cache_path(subject.image_path);
  if (parts && !parts->depot.empty() && std::find(depots.begin(), depots.end(), parts->depot) == depots.end())
    depots.push_back(parts->depot);
  return depots;
}

struct Constants {
  uint64_t count = 0;
  const AuditedPath* example = nullptr;
};

// By the former place that they name. An image may name very many of both.
std::map<std::string, Constants> constants_of(const PayloadAudit& audit) {
  payload::PrefixTable<std::string> places;
  for (const PathMapping& place : audit.former) places.add(place.from, place.from);
  std::map<std::string, Constants> found;
  for (const AuditedPath& path : audit.paths) {
    if (path.outcome != PathOutcome::former_place || path.kind != OccurrenceKind::path_constant) continue;
    const std::string* place = places.longest(path.path);
    if (place == nullptr) continue;
    Constants& constants = found[*place];
    if (constants.count++ == 0) constants.example = &path;
  }
  return found;
}

// What lay there lies in a depot of now: the code does not find it, and a map mends that.
void report_former(Subject& subject, const Constants& constants, const PathMapping& place) {
  subject.context.view->require_absent(place.from);
  subject.report.findings.push_back(
      {Code::old_paths_in_payload,
       fmt::format("{} path constants in its code name {}, which is not there (\"{}\" is one)",
                   constants.count, place.from, constants.example->path),
       place.from, fix::MapPaths{.from = place.from, .to = place.to, .with_payload = true}});
}

void report_absent(Subject& subject, const PayloadAudit& audit) {
  if (audit.absent_now == 0) return;
  const std::string& path = audit.first_absent.path;
  subject.report.findings.push_back({Code::constant_names_nothing,
                                     fmt::format("{} path constants in its code name nothing that is there "
                                                 "(\"{}\" is one): made at run time, or gone",
                                                 audit.absent_now, path),
                                     path});
}

}  // namespace

void find_old_paths(Subject& subject) {
  try {
    const auto library = subject.open_library();
    AuditRules rules;
    rules.depots = depots_of(subject);
    rules.before = rules.after = subject.context.view;
    PresenceCache own;
    PresenceCache& presences = subject.context.presences != nullptr ? *subject.context.presences : own;
    const PayloadAudit audit = audit_payload({subject.file, subject.source, library.get()}, rules, presences);
    if (!audit.problem.empty() && subject.report.reasons.empty())
      subject.note(fmt::format("whether its code names what is gone is not known: {}", audit.problem));
    const auto constants = constants_of(audit);
    for (const PathMapping& place : audit.former)
      if (const auto found = constants.find(place.from); found != constants.end())
        report_former(subject, found->second, place);
    report_absent(subject, audit);
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) return subject.leave_open(problem);
    subject.note(std::string("its code was not looked into: ") + problem.what());
  }
}

}  // namespace jireloc::check
