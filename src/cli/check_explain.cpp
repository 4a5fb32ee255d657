// `jireloc check --explain PACKAGE`: find_all_in_cache_path and what comes of it (ji-format 7.2).
#include <fmt/format.h>

#include <algorithm>

#include "cli/check_report.hpp"
#include "cli/printable.hpp"
#include "jireloc/depot.hpp"

namespace jireloc::cli {
namespace {

struct CandidateFile {
  const CheckedImage* image;
  CachePath path;
  size_t depot;  // its place in the depot path
  double mtime;
};

JuliaVersion version_of(const std::string& folder) {
  return JuliaVersion::parse(folder.substr(1) + ".0");
}

std::vector<CandidateFile> candidates_of(const CheckRun& run, const std::string& package) {
  std::vector<CandidateFile> found;
  for (const auto& image : run.images()) {
    const auto path = parse_cache_path(image->recorded);
    if (!path || path->package != package) continue;
    const auto depot = std::find(run.depots().begin(), run.depots().end(), path->depot);
    found.push_back({image.get(), *path, static_cast<size_t>(depot - run.depots().begin()),
                     file_status(image->path).mtime});
  }
  return found;
}

// Up to 1.5 depots in order and names in order; then the newest first; from 1.11 on those with a library
// before.
bool tried_before(const CandidateFile& a, const CandidateFile& b) {
  if (a.path.version != b.path.version) return version_of(a.path.version) < version_of(b.path.version);
  const JuliaVersion version = version_of(a.path.version);
  if (version < JuliaVersion{1, 6, 0, ""}) {
    return std::tie(a.depot, a.image->recorded) < std::tie(b.depot, b.image->recorded);
  }
  const bool a_native = !a.image->report.native_library.empty(),
             b_native = !b.image->report.native_library.empty();
  if (version >= JuliaVersion{1, 11, 0, ""} && a_native != b_native) return a_native;
  return a.mtime > b.mtime;
}

std::string order_text(const JuliaVersion& version) {
  if (version < JuliaVersion{1, 6, 0, ""}) return "by depot, then by name";
  return version < JuliaVersion{1, 11, 0, ""} ? "newest first"
                                              : "with a native library first, then newest first";
}

void add_candidate(std::string& out, const CandidateFile& candidate, size_t number, bool& taken) {
  const ImageReport& report = candidate.image->report;
  const bool loads = report.verdict == Verdict::fresh && report.loads;
  out += fmt::format("  {}. {}\n     {}", number, printable(candidate.image->path), name(report.verdict));
  if (report.verdict == Verdict::fresh && !report.loads) out += ", but does not load";
  if (loads && !taken) out += ": Julia takes this one";
  if (loads && taken) out += ": would do, but one before it is taken";
  out += '\n';
  taken = taken || loads;
  const auto add_reasons = [&out](const std::vector<Reason>& reasons) {
    for (const Reason& reason : reasons) {
      out += fmt::format("     {}: {}\n", reason.code, printable(reason.message));
      if (!reason.mend_text.empty()) out += fmt::format("       mend: {}\n", printable(reason.mend_text));
    }
  };
  add_reasons(report.reasons);
  add_reasons(report.load_problems);
  for (const std::string& cause : report.root_causes)
    out += fmt::format("     root cause: {}\n", printable(cause));
  add_reasons(report.findings);
  add_reasons(report.unknowns);
  for (const std::string& note : report.notes) out += fmt::format("     not judged: {}\n", printable(note));
}

}  // namespace

std::string explain_text(const CheckRun& run, const std::string& package) {
  std::vector<CandidateFile> candidates = candidates_of(run, package);
  if (candidates.empty()) return fmt::format("{}: no candidate file in the depot path\n", printable(package));
  std::stable_sort(candidates.begin(), candidates.end(), tried_before);
  std::string out, version;
  size_t number = 0;
  bool taken = false;
  const auto close = [&] {
    if (!version.empty() && !taken) out += "  none is taken: Julia compiles the package again\n";
  };
  for (const CandidateFile& candidate : candidates) {
    if (candidate.path.version != version) {
      close();
      version = candidate.path.version;
      number = 0;
      taken = false;
      out += fmt::format("{} in {}, as Julia tries them ({}):\n", printable(package), version,
                         order_text(version_of(version)));
      const std::string& located = candidate.image->report.located_source;
      if (!located.empty()) out += fmt::format("  its source: {}\n", printable(located));
    }
    add_candidate(out, candidate, ++number, taken);
  }
  close();
  return out;
}

}  // namespace jireloc::cli
