// stale_cachefile: which rule holds for which Julia, in Julia's order.
#include <fmt/format.h>

#include <algorithm>

#include "base/names.hpp"
#include "check/environments.hpp"
#include "check/subject.hpp"
#include "format/select.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace check {
namespace {

struct Rule {
  void (*judge)(Subject&);
  std::string_view name;  // as people call it
  VersionRange versions;
};

constexpr Rule rules[] = {
    {check_prefix, "header", {"", ""}},
    {check_worklist, "worklist", {"1.8.0-rc2", ""}},
    {check_flags, "flags", {"1.9.0-DEV", ""}},
    {check_syntax_version, "syntax version", {"1.14.0-DEV", ""}},
    {check_pkgimages_wanted, "native code", {"1.9.0-DEV", ""}},
    {check_clone_targets, "native code", {"1.9.0-DEV", ""}},
    {check_native_library, "native code", {"1.9.0-DEV", ""}},
    {check_package_id, "package", {"", ""}},
    {check_required_modules, "required modules", {"", ""}},
    {check_entry_file, "entry file", {"", ""}},
    {check_requires, "names of packages", {"", ""}},
    {check_mtimes_only, "files", {"", "1.9.0-beta1"}},
    {check_existence_and_mtimes, "files", {"1.9.0-beta1", "1.11.0-DEV"}},
    {check_tracked_content, "files", {"1.11.0-DEV", ""}},
    {check_file_checksum, "checksum", {"", ""}},
    {check_library_checksum, "native code's checksum", {"1.9.0-DEV", ""}},
    {check_preferences_hash, "preferences", {"1.6.0-DEV", ""}},
    {check_preferences_blob, "preferences", {"1.13.0-DEV", ""}},
};

void describe(const CacheFile& file, ImageReport& report) {
  report.julia_version = file.prefix.version;
  report.julia_commit = file.prefix.commit;
  report.build_id_hi = file.build_id_hi();
  if (!file.worklist.empty()) {
    report.module = {file.worklist[0].name, file.worklist[0].uuid};
    report.build_id_lo = file.worklist[0].build_id;
  }
  for (const Dependency& dependency : file.dependencies) {
    if (dependency.is_require()) continue;
    report.recorded_source = dependency.path;
    break;
  }
}

JuliaVersion rules_version(const CacheFile& file, const CheckContext& context) {
  return JuliaVersion::parse(context.expected.prefix ? context.expected.prefix->version
                                                     : file.prefix.version);
}

void locate(Subject& subject) {
  const ModuleId& module = subject.report.module;
  if (!subject.includes.empty()) subject.report.located_source = subject.includes[0].path;
  if (const auto located = locate_source(module, subject.version, subject.context))
    subject.report.located_source = *located;
  else if (const auto trigger = missing_trigger(module, subject.version, subject.context))
    subject.note(
        fmt::format("{} is an extension, which Julia loads only with all its triggers: {} is in no "
                    "environment given, so that nothing asks for it",
                    module.name, *trigger));
}

// A rule that cannot look at what it asks for neither holds nor fails; the others still may.
void judge_by(const Rule& rule, Subject& subject) {
  try {
    rule.judge(subject);
  } catch (const Error& problem) {
    if (is_disproof(problem.kind())) throw;
    subject.leave_open(problem);
  }
}

// False where not even the places of its files can be told: then no rule means anything.
bool look_up_sources(Subject& subject) {
  try {
    subject.includes = resolve_includes(subject.file, subject.context);
  } catch (const Error& problem) {
    if (is_disproof(problem.kind())) throw;
    subject.leave_open(problem);
    subject.report.verdict = Verdict::unknown;
    return false;
  }
  try {
    locate(subject);
  } catch (const Error& problem) {
    if (is_disproof(problem.kind())) throw;
    subject.leave_open(problem);  // what does not ask the environment may still speak against the image
  }
  return true;
}

void judge(const CacheFile& file, const ByteSource& source, std::optional<Error> tail_problem,
           const std::string& image_path, const CheckContext& context, ImageReport& report) {
  Subject subject{
      file, source, image_path, context, rules_version(file, context), report, {}, std::move(tail_problem),
      false};
  describe(file, report);
  if (!look_up_sources(subject)) return;
  for (const Rule& rule : rules) {
    if (!rule.versions.contains(subject.version)) continue;
    judge_by(rule, subject);
    if (rule.judge == check_prefix && !report.reasons.empty()) break;  // no other rule means anything then
    if (subject.throws) {
      report.throws = report.reasons.size() == 1;
      if (report.throws) report.verdict = Verdict::unreadable;
      break;
    }
  }
  if (report.verdict == Verdict::fresh) {
    if (!report.reasons.empty())
      report.verdict = Verdict::stale;
    else if (!report.unknowns.empty())
      report.verdict = Verdict::unknown;
  }
  find_broken_aliases(subject);
  if (!context.content) return;
  compare_contents(subject);
  find_old_paths(subject);
}

// Where little of the expected prefix is known, it is what that does not differ from.
bool has_prefix_bytes(const ByteSource& source, const Prefix& prefix) {
  if (prefix.uname.empty()) return describe_other_prefix(source, prefix).empty();
  std::string expected = prefix_bytes(prefix);
  if (source.size() < expected.size()) return false;
  const std::string have = source.read_string(0, expected.size());
  if (prefix.format == 0) expected.replace(8, 2, have, 8, 2);  // not known
  return have == expected;
}

uint16_t format_of(const ByteSource& source) {
  unsigned char bytes[2];
  source.read(8, reinterpret_cast<char*>(bytes), 2);
  return static_cast<uint16_t>(bytes[0] | bytes[1] << 8);
}

bool is_other_format(ErrorKind kind) noexcept {
  return kind == ErrorKind::not_a_cache_file || kind == ErrorKind::empty_file ||
         kind == ErrorKind::foreign_byte_order || kind == ErrorKind::unknown_format;
}

bool throws_in_every_layout(const ByteSource& source, const Prefix& expected) {
  const auto layouts = format::candidates(format_of(source), expected.version);
  return std::all_of(layouts.begin(), layouts.end(),
                     [&source](const Layout* layout) { return julia_throws_on_header(source, *layout); });
}

// Where Julia looks for images: it tries the file, and isvalid_cache_header rejects it in every version.
bool judge_without_magic(const Error& problem, ImageReport& report) {
  if (problem.kind() != ErrorKind::not_a_cache_file || !parse_cache_path(report.path)) return false;
  report.verdict = Verdict::unreadable;
  report.reasons.push_back({Code::incompatible_header,
                            "it does not begin with the magic of a cache file: Julia tries it and rejects it",
                            report.path,
                            fix::CompileAgain{"the file is damaged, or none of Julia's: remove it", true}});
  return true;
}

// An image that this library refuses to read: what would Julia do?
void judge_malformed(const Error& problem, const ByteSource& source, const CheckContext& context,
                     ImageReport& report) {
  if (judge_without_magic(problem, report)) return;
  const auto& expected = context.expected.prefix;
  Reason reason{
      Code::incompatible_header, problem.message(), {}, fix::CompileAgain{"the file is damaged", true}};
  report.verdict = Verdict::stale;
  if (is_other_format(problem.kind()) || (expected && !has_prefix_bytes(source, *expected))) {
    const std::string difference = expected ? describe_other_prefix(source, *expected) : "";
    if (!difference.empty()) {
      reason.message = difference;
      reason.fix = fix::CompileAgain{"another Julia made it, or the file is damaged"};
    }
    report.reasons.push_back(std::move(reason));
    return;
  }
  if (!expected || throws_in_every_layout(source, *expected)) {
    report.verdict = Verdict::unreadable;
    report.throws = true;
    reason.message = "Julia throws while it reads the header: " + reason.message;
  } else {
    reason.code = Code::bad_file_checksum;
    reason.message = "the header is damaged: " + reason.message;
  }
  report.reasons.push_back(std::move(reason));
}

}  // namespace

std::vector<std::string_view> rule_names(const JuliaVersion& version) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules)
    if (rule.versions.contains(version) && (names.empty() || names.back() != rule.name))
      names.push_back(rule.name);
  return names;
}

void Subject::reject(Code code, std::string message, std::string path, Fix fix) {
  report.reasons.push_back({code, std::move(message), std::move(path), std::move(fix)});
}

void Subject::leave_open(const Error& problem) {
  const auto is_said = [&](const Reason& open) { return open.message == problem.what(); };
  if (std::any_of(report.unknowns.begin(), report.unknowns.end(), is_said)) return;
  Reason reason = problem.retold(problem.what());
  reason.path = problem.file();
  report.unknowns.push_back(std::move(reason));
}

}  // namespace check

ImageReport check_image(const ByteSource& source, const std::string& image_path,
                        const CheckContext& context) {
  ImageReport report;
  report.path = image_path;
  try {
    std::optional<Error> tail_problem;
    const CacheFile file = read_cache_file(source, {ReadDepth::all, &tail_problem});
    check::judge(file, source, std::move(tail_problem), image_path, context, report);
  } catch (const Error& problem) {
    if (problem.kind() == ErrorKind::io) return report_unopenable(image_path, problem);
    check::judge_malformed(problem, source, context, report);
  }
  return report;
}

ImageReport report_unopenable(const std::string& image_path, const Error& problem) {
  ImageReport report;
  report.path = image_path;
  report.verdict = Verdict::unknown;
  Reason reason = problem.reason();
  reason.path = image_path;
  if (problem.kind() == ErrorKind::io) reason.fix = fix::RestoreFile{"make the file readable"};
  report.unknowns.push_back(std::move(reason));
  return report;
}

std::string_view name(Verdict verdict) noexcept {
  using enum Verdict;
  constexpr Named<Verdict> kNames[] = {
      {fresh, "fresh"}, {stale, "stale"}, {unreadable, "unreadable"}, {unknown, "unknown"}};
  return name_in(kNames, verdict);
}

}  // namespace jireloc
