// stale_cachefile: which rule holds for which Julia, in Julia's order.
#include <array>

#include "check/subject.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace check {
namespace {

struct Rule {
  void (*judge)(Subject&);
  VersionRange versions;
};

constexpr Rule rules[] = {
    {check_prefix, {"", ""}},
    {check_worklist, {"1.8.0-rc2", ""}},
    {check_flags, {"1.9.0-DEV", ""}},
    {check_syntax_version, {"1.14.0-DEV", ""}},
    {check_pkgimages_wanted, {"1.9.0-DEV", ""}},
    {check_clone_targets, {"1.9.0-DEV", ""}},
    {check_native_library, {"1.9.0-DEV", ""}},
    {check_package_id, {"1.8.0-rc2", ""}},
    {check_required_modules, {"", ""}},
    {check_entry_file, {"", ""}},
    {check_requires, {"", ""}},
    {check_mtimes_only, {"", "1.9.0-beta1"}},
    {check_existence_and_mtimes, {"1.9.0-beta1", "1.11.0-DEV"}},
    {check_tracked_content, {"1.11.0-DEV", ""}},
    {check_file_checksum, {"", ""}},
    {check_library_checksum, {"1.9.0-DEV", ""}},
    {check_preferences_hash, {"1.6.0-DEV", ""}},
    {check_preferences_blob, {"1.13.0-DEV", ""}},
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
  const auto located = locate_source(subject.report.module, subject.version, subject.context);
  if (located) {
    subject.report.located_source = *located;
  } else if (!subject.includes.empty()) {
    subject.report.located_source = subject.includes[0].path;
  }
}

void judge(const CacheFile& file, const ByteSource& source, std::optional<Error> tail_problem,
           const std::string& image_path, const CheckContext& context, ImageReport& report) {
  Subject subject{
      file, source, image_path, context, rules_version(file, context), report, {}, std::move(tail_problem),
      false};
  describe(file, report);
  subject.includes = resolve_includes(file, context);
  locate(subject);
  for (const Rule& rule : rules) {
    if (!rule.versions.contains(subject.version)) continue;
    rule.judge(subject);
    if (subject.throws) {
      if (report.reasons.size() == 1) report.verdict = Verdict::unreadable;
      break;
    }
  }
  if (!report.reasons.empty() && report.verdict == Verdict::fresh) report.verdict = Verdict::stale;
  if (context.content) compare_contents(subject);
}

bool has_prefix_bytes(const ByteSource& source, const Prefix& prefix) {
  const std::string expected = prefix_bytes(prefix);
  return source.size() >= expected.size() && source.read_string(0, expected.size()) == expected;
}

bool is_other_format(ErrorKind kind) noexcept {
  return kind == ErrorKind::not_a_cache_file || kind == ErrorKind::empty_file ||
         kind == ErrorKind::foreign_byte_order || kind == ErrorKind::unknown_format;
}

const Layout* layout_of(const Prefix& prefix) {
  for (const Layout& layout : layouts()) {
    if (layout.format == prefix.format) return &layout;
  }
  return nullptr;
}

// An image that this library refuses to read: what would Julia do?
void judge_malformed(const Error& problem, const ByteSource& source, const CheckContext& context,
                     ImageReport& report) {
  const auto& expected = context.expected.prefix;
  Reason reason{"incompatible header", problem.message(), {}, Mend::compile_again, "the file is damaged"};
  report.verdict = Verdict::stale;
  if (is_other_format(problem.kind()) || (expected && !has_prefix_bytes(source, *expected))) {
    report.reasons.push_back(std::move(reason));
    return;
  }
  const Layout* layout = expected ? layout_of(*expected) : nullptr;
  if (layout == nullptr || julia_throws_on_header(source, *layout)) {
    report.verdict = Verdict::unreadable;
    reason.message = "Julia throws while it reads the header: " + reason.message;
  } else {
    reason.code = "invalid checksum";
    reason.message = "the header is damaged: " + reason.message;
  }
  report.reasons.push_back(std::move(reason));
}

}  // namespace

void Subject::reject(std::string_view code, std::string message, std::string path, Mend mend,
                     std::string mend_text) {
  report.reasons.push_back({code, std::move(message), std::move(path), mend, std::move(mend_text)});
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
    if (problem.kind() == ErrorKind::io) return report_unopenable(image_path, problem, context);
    check::judge_malformed(problem, source, context, report);
  }
  return report;
}

ImageReport report_unopenable(const std::string& image_path, const Error& problem,
                              const CheckContext& context) {
  ImageReport report;
  report.path = image_path;
  // Up to 1.8 stale_cachefile lets the SystemError through.
  const auto& expected = context.expected.prefix;
  const bool throws = expected && JuliaVersion::parse(expected->version) < JuliaVersion::parse("1.9.0-DEV");
  report.verdict = throws ? Verdict::unreadable : Verdict::stale;
  report.reasons.push_back(
      {"unopenable", problem.message(), image_path, Mend::restore_file, "make the file readable"});
  return report;
}

std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::fresh:
      return "fresh";
    case Verdict::stale:
      return "stale";
    case Verdict::unreadable:
      return "unreadable";
  }
  return {};
}

std::string_view name(Mend mend) noexcept {
  switch (mend) {
    case Mend::none:
      return "none";
    case Mend::compile_again:
      return "compile-again";
    case Mend::rewrite_map:
      return "rewrite-map";
    case Mend::rewrite_mtime:
      return "rewrite-mtime";
    case Mend::restore_file:
      return "restore-file";
    case Mend::environment:
      return "environment";
  }
  return {};
}

}  // namespace jireloc
