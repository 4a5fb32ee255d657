// What would mend an image that is not accepted, and what Julia does not look at.
#include <fmt/format.h>

#include <set>

#include "check/subject.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"

namespace jireloc::check {
namespace {

// Takes the path components that both end with off both; returns how many there were.
int strip_common_end(std::string_view& a, std::string_view& b) {
  int stripped = 0;
  for (;;) {
    const size_t slash_a = a.rfind('/'), slash_b = b.rfind('/');
    if (slash_a == std::string_view::npos || slash_b == std::string_view::npos) return stripped;
    if (slash_a == 0 || slash_b == 0 || a.substr(slash_a) != b.substr(slash_b)) return stripped;
    a = a.substr(0, slash_a);
    b = b.substr(0, slash_b);
    ++stripped;
  }
}

bool is_below(std::string_view folder, std::string_view path) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Why `jireloc rewrite` would leave the image alone; empty: it would not. Also whether it has to take other
// times.
void judge_map(Subject& subject, std::string_view from, std::string_view to) {
  auto& judged = subject.judged_map;
  if (judged.from == from && judged.to == to) return;
  judged = {std::string(from), std::string(to), {}, false};
  for (const Include& include : subject.includes) {
    const Dependency& dependency = *include.dependency;
    if (!is_below(from, dependency.path)) continue;
    const std::string place = subject.actual(judged.to + dependency.path.substr(from.size()));
    const FileStatus status = file_status(place);
    if (!status.exists()) continue;
    const Proof proof = prove(subject.file, dependency, place, std::nullopt, *subject.context.proofs);
    if (!proof.proven()) {
      judged.problem =
          fmt::format("the sources in {} are not those it was compiled from: {}", to, proof.reason);
      return;
    }
    judged.other_times =
        judged.other_times ||
        (dependency.mtime >= 0 && !mtime_accepted(status.mtime, dependency.mtime, subject.version));
  }
}

void set_map(Subject& subject, Reason& reason, std::string_view from, std::string_view to) {
  if (subject.context.proofs != nullptr) judge_map(subject, from, to);
  const auto& judged = subject.judged_map;
  if (judged.problem.empty())
    reason.fix = fix::MapPaths{std::string(from), std::string(to), judged.other_times};
  else
    reason.fix = fix::CompileAgain{judged.problem};
}

void add_finding(Subject& subject, Code code, std::string message, std::string path) {
  subject.report.findings.push_back(
      {code, std::move(message), std::move(path),
       fix::CompileAgain{"the sources are no longer those it was compiled from"}});
}

void judge_folder(Subject& subject, const std::string& folder) {
  const auto actual = package_folder_of(subject.actual(folder + "/src/x"));
  if (!actual) return;
  std::optional<Uuid> uuid;
  try {
    uuid = package_uuid(subject.file, *actual);
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) subject.leave_open(problem);
    return;  // without a UUID there is nothing to hold the name against
  }
  if (!uuid) return;
  const FolderVerdict verdict =
      judge_package_folder(actual->folder, actual->slug, *uuid, *subject.context.proofs);
  if (!is_disproof(verdict.problem.code)) {
    Reason problem = verdict.problem;
    problem.path = folder;
    subject.leave_open(Error(std::move(problem)));
  } else if (!verdict.unmodified) {
    subject.note(fmt::format("the package folder {} has no tree hash: {}", folder, verdict.problem.message));
  } else if (!*verdict.unmodified) {
    add_finding(
        subject, Code::modified_tree,
        fmt::format("the package folder {} is not what its name says: its git tree hash gives another",
                    folder),
        folder);
  }
}

// A source that is absent is no finding: the rules have spoken of it.
void compare_source(Subject& subject, const Include& include) {
  const std::string actual = subject.actual(include.path);
  const Proof proof =
      prove(subject.file, *include.dependency, actual, include.status ? *include.status : file_status(actual),
            std::nullopt, *subject.context.proofs);
  if (proof.proven() || proof.absent) return;
  if (proof.unknown)
    return subject.leave_open(Error(ErrorKind::io, include.path + ": " + proof.reason, include.path));
  add_finding(subject, Code::source_content_changed, fmt::format("{}: {}", include.path, proof.reason),
              include.path);
}

}  // namespace

void mend_mtime(Subject& subject, Reason& reason, const Include& include) {
  reason.fix = fix::TakeFileTimes{};
  if (subject.context.proofs == nullptr) return;
  const Proof proof = prove(subject.file, *include.dependency, subject.actual(include.path), std::nullopt,
                            *subject.context.proofs);
  if (proof.proven())
    reason.fix = fix::TakeFileTimes{std::string(name(proof.how))};
  else
    reason.fix = fix::CompileAgain{"nothing proves its content: " + proof.reason};
}

void mend_missing(Subject& subject, Reason& reason, const Include& include) {
  const std::string& recorded = include.dependency->path;
  const auto folder = package_folder_of(recorded);
  if (folder) {
    const size_t depot_end = recorded.rfind("/packages/" + folder->name + "/" + folder->slug);
    for (const std::string& depot : subject.context.depots) {
      if (!subject.context.view->status(depot + recorded.substr(depot_end)).exists()) continue;
      return set_map(subject, reason, recorded.substr(0, depot_end), depot);
    }
  }
  if (include.path.starts_with("@depot/")) {
    reason.fix = fix::ChangeEnvironment{"name the depot that holds the file", Setting::depots};
    return;
  }
  reason.fix = fix::RestoreFile{"put the file back, or compile again"};
}

void mend_place(Subject& subject, Reason& reason, const std::string& recorded, const std::string& located) {
  const auto recorded_folder = package_folder_of(recorded), located_folder = package_folder_of(located);
  if (recorded_folder && located_folder && recorded_folder->name == located_folder->name &&
      recorded_folder->slug != located_folder->slug) {
    reason.fix = fix::CompileAgain{"another version of the package is asked for"};
    return;
  }
  if (recorded.starts_with("@depot/")) {
    reason.fix = fix::ChangeEnvironment{
        "two copies of the package's source are in the depot path: remove one, or change the order"};
    return;
  }
  std::string_view old_place = recorded, new_place = located;
  if (strip_common_end(old_place, new_place) == 0) {
    reason.fix = fix::CompileAgain{"the files are not copies of one another"};
    return;
  }
  set_map(subject, reason, old_place, new_place);
}

void compare_contents(Subject& subject) {
  if (subject.context.proofs == nullptr) return;
  std::set<std::string> folders;
  for (const Include& include : subject.includes) {
    if (const auto folder = package_folder_of(include.path)) folders.insert(folder->folder);
    // Where content is tracked Julia itself has compared it, or trusts it.
    const bool compared = subject.file.layout->content_tracking && !is_trusted_unread(subject, include.path);
    if (include.is_source && !compared) compare_source(subject, include);
  }
  for (const std::string& folder : folders) judge_folder(subject, folder);
}

}  // namespace jireloc::check
