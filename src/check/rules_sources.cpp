// Rules about source files: the entry file, and every file that was included or declared a dependency.
#include <fmt/format.h>

#include <cmath>

#include "check/subject.hpp"
#include "jireloc/depot_names.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"

namespace jireloc::check {
namespace {

// Julia's stat throws on a path with a NUL in it.
bool throws_on(Subject& subject, const Include& include) {
  if (include.path.find('\0') == std::string::npos) return false;
  subject.reject(Code::incompatible_header, "a recorded path has a NUL byte, on which Julia throws",
                 include.path, fix::CompileAgain{"the file is damaged", true});
  return subject.throws = true;
}

void reject_mtime(Subject& subject, const Include& include, double file_time) {
  const double recorded = include.dependency->mtime;
  const bool source = include.is_source && !subject.file.layout->content_tracking;
  subject.reject(source ? Code::source_mtime_change : Code::include_dependency_mtime_change,
                 fmt::format("the mtime of {} is {}, recorded is {}", include.path, seconds(file_time),
                             seconds(recorded)),
                 include.path);
  mend_mtime(subject, subject.report.reasons.back(), include);
}

void reject_missing(Subject& subject, const Include& include) {
  subject.context.view->require_absent(include.path);
  subject.reject(Code::missing_sourcefile, fmt::format("{} does not exist", include.path), include.path);
  mend_missing(subject, subject.report.reasons.back(), include);
}

bool is_julias_elsewhere(const Subject& subject, const std::string& path) {
  return subject.context.julia_is_elsewhere && (is_stdlib_path(path) || path.starts_with("@depot/stdlib/"));
}

bool is_accepted_standard_library(const Subject& subject, const std::string& path) {
  if (is_julias_elsewhere(subject, path)) return true;
  const std::string fixed = fixup_stdlib_path(path, subject.context.expected.stdlib);
  const bool must_differ = subject.version >= JuliaVersion::parse("1.12.0-DEV");
  return !fixed.empty() && !(must_differ && fixed == path) && subject.status(fixed).is_file();
}

void check_content(Subject& subject, const Include& include, const FileStatus& status) {
  const Dependency& recorded = *include.dependency;
  if (status.size != recorded.fsize) {
    subject.reject(
        Code::include_dependency_fsize_change,
        fmt::format("the size of {} is {}, recorded is {}", include.path, status.size, recorded.fsize),
        include.path, fix::CompileAgain{"its content has changed"});
    if (status.is_directory()) {
      subject.report.reasons.back().fix =
          fix::CompileAgain{"the folder, or the file system it is on, has changed"};
    }
    return;
  }
  if (is_trusted_unread(subject, include.path)) return;
  try {
    const uint32_t crc = content_crc(subject.actual(include.path), status, subject.context.proofs);
    if (crc == recorded.hash) return;
    subject.reject(
        Code::include_dependency_fhash_change,
        fmt::format("the CRC-32C of {} is not {:08x}, which is recorded", include.path, recorded.hash),
        include.path, fix::CompileAgain{"its content has changed"});
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) throw;
    subject.reject(Code::include_dependency_fhash_change,
                   fmt::format("{} cannot be read: {}", include.path, problem.message()), include.path,
                   fix::RestoreFile{"put the file back"});
    subject.throws = subject.report.reasons.size() == 1;  // open() lets the SystemError through
  }
}

// Calls judge(include) for one file after the other until Julia would throw; one that cannot be looked at
// leaves its own part open and no other.
template <typename Judge>
void for_each_include(Subject& subject, Judge judge) {
  for (Include& include : subject.includes) {
    if (subject.throws || throws_on(subject, include)) return;
    try {
      judge(include);
    } catch (const Error& problem) {
      if (is_disproof(problem.kind())) throw;
      subject.leave_open(problem);
    }
  }
}

constexpr std::string_view stdlib_marker = "/share/julia/stdlib/v";
}  // namespace

bool mtime_accepted(double file_time, double recorded, const JuliaVersion& version) {
  if (file_time == recorded || file_time == std::floor(recorded)) return true;
  if (file_time == std::trunc(recorded * 1e6) / 1e6) return true;
  const bool nix = (version.major == 1 && version.minor == 6 && version >= JuliaVersion{1, 6, 5, ""} &&
                    version < JuliaVersion{1, 7, 0, "DEV"}) ||
                   version >= JuliaVersion{1, 7, 0, ""};
  if (nix && file_time == 1.0) return true;
  const double earlier_by = recorded - file_time;
  if (version >= JuliaVersion{1, 8, 3, ""} && 0 < earlier_by && earlier_by < 1e-6) return true;
  return version >= JuliaVersion{1, 8, 4, ""} && file_time == std::ceil(recorded);
}

std::string fixup_stdlib_path(const std::string& path, const std::string& stdlib) {
  const size_t at = path.rfind(stdlib_marker);
  if (stdlib.empty() || at == std::string::npos) return {};
  const size_t rest = path.find('/', at + stdlib_marker.size());
  return rest == std::string::npos ? std::string() : stdlib + path.substr(rest);
}

std::vector<Include> resolve_includes(const CacheFile& file, const CheckContext& context) {
  std::vector<Include> includes;
  for (const Dependency& dependency : file.dependencies) {
    if (dependency.is_require()) continue;
    includes.push_back({&dependency, dependency.path, file.find_source_text(dependency.path) != nullptr});
  }
  if (!file.layout->content_tracking) return includes;
  const DepotNames names(file, context.depots, *context.view);
  for (Include& include : includes)
    include.path = names.place_of(include.path, include.is_source).value_or(include.path);
  return includes;
}

void check_entry_file(Subject& subject) {
  if (subject.includes.empty()) {
    subject.reject(Code::incompatible_header, "it records no source file, on which Julia throws", {},
                   fix::CompileAgain{"the file is damaged", true});
    subject.throws = true;
    return;
  }
  Include& entry = subject.includes[0];
  const std::string& located = subject.report.located_source;
  if (located == entry.path || throws_on(subject, entry)) return;
  const FileStatus wanted = located.empty() ? FileStatus() : subject.status(located);
  const FileStatus& recorded = subject.status(entry);
  if (recorded.same_file(wanted)) return;
  if (!recorded.exists()) subject.context.view->require_absent(entry.path);
  if (!located.empty() && !wanted.exists()) subject.context.view->require_absent(located);
  // 1.9 and later also accept the standard library's place on this machine.
  const std::string fixed = fixup_stdlib_path(entry.path, subject.context.expected.stdlib);
  if (!fixed.empty() && subject.version >= JuliaVersion::parse("1.9.0-beta1") &&
      subject.status(fixed).same_file(wanted)) {
    return;
  }
  if (located.empty()) {
    subject.reject(
        Code::wrong_source,
        fmt::format("it is for file {}, and no depot holds the source that the environment asks for",
                    entry.path),
        entry.path, fix::ChangeEnvironment{"name the depot that has the package's source"});
    return;
  }
  subject.reject(Code::wrong_source, fmt::format("it is for file {}, not for file {}", entry.path, located),
                 entry.path);
  mend_place(subject, subject.report.reasons.back(), entry.dependency->path, located);
}

void check_mtimes_only(Subject& subject) {
  for_each_include(subject, [&](Include& include) {
    const FileStatus& status = subject.status(include);
    if (mtime_accepted(status.mtime, include.dependency->mtime, subject.version)) return;
    if (!status.exists() && is_julias_elsewhere(subject, include.path)) return;
    status.exists() ? reject_mtime(subject, include, status.mtime) : reject_missing(subject, include);
  });
}

void check_existence_and_mtimes(Subject& subject) {
  // Up to 1.9.0-rc2 a folder did not count as existing.
  const bool files_only = subject.version < JuliaVersion{1, 9, 0, "rc3"};
  for_each_include(subject, [&](Include& include) {
    const FileStatus& status = subject.status(include);
    if (files_only ? !status.is_file() : !status.exists()) {
      if (!is_accepted_standard_library(subject, include.path)) reject_missing(subject, include);
    } else if (!mtime_accepted(status.mtime, include.dependency->mtime, subject.version)) {
      reject_mtime(subject, include, status.mtime);
    }
  });
}

void check_tracked_content(Subject& subject) {
  for_each_include(subject, [&](Include& include) {
    if (include.path.starts_with("@depot/")) {
      if (is_accepted_standard_library(subject, include.path)) return;
      for (const std::string& depot : subject.context.depots)
        subject.context.view->require_absent(restore_depot_path(include.path, depot));
      subject.reject(Code::nonresolveable_depot, fmt::format("no depot holds {}", include.path),
                     include.path);
      mend_missing(subject, subject.report.reasons.back(), include);
      return;
    }
    const FileStatus& status = subject.status(include);
    if (!status.exists()) {
      if (!is_accepted_standard_library(subject, include.path)) reject_missing(subject, include);
    } else if (include.dependency->mtime >= 0) {
      if (!mtime_accepted(status.mtime, include.dependency->mtime, subject.version)) {
        reject_mtime(subject, include, status.mtime);
      }
    } else {
      check_content(subject, include, status);
    }
  });
}

}  // namespace jireloc::check

bool jireloc::is_stdlib_path(std::string_view path) noexcept {
  return path.find(jireloc::check::stdlib_marker) != std::string_view::npos;
}
