#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/images.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t shown_of_a_group = 10;

void add_reasons(JsonWriter& json, std::string_view key, const std::vector<Reason>& reasons) {
  json.key(key).begin_array();
  for (const Reason& reason : reasons) {
    json.begin_object().field("code", reason.code).field("message", reason.message);
    if (!reason.path.empty()) json.path("path", reason.path);
    if (reason.mend != Mend::none) json.field("mend", name(reason.mend)).field("mend_text", reason.mend_text);
    json.end_object();
  }
  json.end_array();
}

void add_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

struct Counts {
  uint64_t images = 0, fresh = 0, stale = 0, unreadable = 0, unknown = 0, not_loading = 0;
};

Counts count(const CheckedImages& images) {
  Counts counts;
  for (const auto& image : images) {
    if (!image->input) continue;
    ++counts.images;
    const Verdict verdict = image->report.verdict;
    ++(verdict == Verdict::fresh     ? counts.fresh
       : verdict == Verdict::stale   ? counts.stale
       : verdict == Verdict::unknown ? counts.unknown
                                     : counts.unreadable);
    if (verdict == Verdict::fresh && !image->report.loads) ++counts.not_loading;
  }
  return counts;
}

// What is said of one image in one group.
struct Line {
  std::string path, message, mend;
  std::vector<std::string> causes;
};
using Groups = std::map<std::string, std::vector<Line>>;

void add(Groups& groups, const ImageReport& report, const Reason& reason,
         const std::vector<std::string>& causes = {}) {
  groups[std::string(reason.code)].push_back({report.path, reason.message, reason.mend_text, causes});
}

// An image stands in the group of the reason that Julia would log, further reasons below it.
Groups group(const CheckedImages& images) {
  Groups groups;
  for (const auto& image : images) {
    if (!image->input) continue;
    const ImageReport& report = image->report;
    if (!report.reasons.empty()) {
      add(groups, report, report.reasons[0]);
      std::vector<Line>& lines = groups[std::string(report.reasons[0].code)];
      for (size_t i = 1; i < report.reasons.size(); ++i) {
        lines.back().causes.push_back(
            fmt::format("also {}: {}", report.reasons[i].code, report.reasons[i].message));
      }
    } else if (!report.load_problems.empty()) {
      std::vector<std::string> causes;
      causes.reserve(report.root_causes.size());
      for (const std::string& cause : report.root_causes) causes.push_back("root cause: " + cause);
      add(groups, report, report.load_problems[0], causes);
    }
    for (const Reason& finding : report.findings) add(groups, report, finding);
    for (const Reason& open : report.unknowns) add(groups, report, open);
  }
  return groups;
}

void add_notes(std::string& out, const CheckedImages& images) {
  std::map<std::string, uint64_t> notes;
  for (const auto& image : images) {
    if (!image->input) continue;
    for (const std::string& note : image->report.notes) ++notes[note];
  }
  if (!notes.empty()) out += "\nnot judged:\n";
  for (const auto& [note, times] : notes) {
    out += fmt::format("  {}{}\n", printable(note), times > 1 ? fmt::format(" ({} images)", times) : "");
  }
}

std::string plural(uint64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

}  // namespace

ExitStatus status_of(const ImageReport& report) noexcept {
  const bool is_open = std::any_of(report.load_problems.begin(), report.load_problems.end(),
                                   [](const Reason& problem) { return problem.code == "dep unknown"; });
  if (report.verdict == Verdict::unreadable || !report.unknowns.empty() || is_open) return ExitStatus::failed;
  const bool well = report.verdict == Verdict::fresh && report.loads && report.findings.empty();
  return well ? ExitStatus::well : ExitStatus::findings;
}

std::string check_object(const ImageReport& report, const Common& common) {
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/check/1");
  add_place(json, common, report.path);
  json.field("verdict", name(report.verdict)).flag("loads", report.loads);
  add_reasons(json, "reasons", report.reasons);
  add_reasons(json, "load_problems", report.load_problems);
  add_texts(json, "root_causes", report.root_causes);
  add_reasons(json, "findings", report.findings);
  if (!report.unknowns.empty()) add_reasons(json, "unknowns", report.unknowns);
  add_texts(json, "notes", report.notes);
  if (!report.assumed.empty()) json.strings("assumed_of_julia", report.assumed);
  if (!report.module.name.empty()) {
    json.key("package").begin_object().field("name", report.module.name);
    json.field("uuid", report.module.uuid.text()).end_object();
    json.key("build_id_hi").hex64(report.build_id_hi).key("build_id_lo").hex64(report.build_id_lo);
    json.field("julia_version", report.julia_version).field("julia_commit", report.julia_commit);
    json.path("recorded_source", report.recorded_source).path("located_source", report.located_source);
  }
  if (!report.native_library.empty()) json.path("native_library", report.native_library);
  json.end_object();
  return json.take();
}

std::string check_text(const CheckedImages& images, bool all) {
  const Counts counts = count(images);
  std::string out = fmt::format("{}: {} fresh, {} stale, {} unreadable", plural(counts.images, "image"),
                                counts.fresh, counts.stale, counts.unreadable);
  if (counts.unknown > 0) out += fmt::format(", {} unknown (could not be looked at)", counts.unknown);
  if (counts.not_loading > 0) out += fmt::format("; {} of the fresh ones do not load", counts.not_loading);
  out += '\n';
  for (const auto& [code, lines] : group(images)) {
    out += fmt::format("\n{} ({}):\n", code, plural(lines.size(), "image"));
    for (size_t i = 0; i < lines.size() && (all || i < shown_of_a_group); ++i) {
      out += fmt::format("  {}\n    {}\n", printable(lines[i].path), printable(lines[i].message));
      for (const std::string& cause : lines[i].causes) out += fmt::format("    {}\n", printable(cause));
      if (!lines[i].mend.empty()) out += fmt::format("    mend: {}\n", printable(lines[i].mend));
    }
    if (!all && lines.size() > shown_of_a_group) {
      out += fmt::format("  and {} more (--verbose lists all)\n", lines.size() - shown_of_a_group);
    }
  }
  add_notes(out, images);
  return out;
}

}  // namespace jireloc::cli
