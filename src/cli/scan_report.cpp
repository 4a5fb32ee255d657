#include "cli/scan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cli/hyperlink.hpp"
#include "cli/json.hpp"
#include "cli/path_report.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/reasons.hpp"
#include "cli/rewrite_report.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

std::string_view file_name(PayloadFile file) {
  return file == PayloadFile::image ? "image" : "library";
}

// "3 source-location, 1 path-constant"; empty where there are none.
std::string counts_text(const PayloadScan& scan) {
  const auto counts = scan.counts();
  std::string text;
  for (size_t kind = 0; kind < kOccurrenceKinds; ++kind) {
    if (counts[kind] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[kind],
                        name(static_cast<OccurrenceKind>(kind)));
  }
  return text;
}

std::span<const Occurrence> listed(const ScanReport& report) {
  const std::span<const Occurrence> all(report.scan.occurrences);
  return all.first(std::min<uint64_t>(all.size(), report.most_listed));
}

std::string occurrences_text(const ScanReport& report) {
  TextTable table({"File", "Section", ">Offset", "Kind", "Text", "Not replaced"});
  for (const Occurrence& occurrence : listed(report)) {
    const bool other = occurrence.match == Match::other_path;
    table.add({std::string(file_name(occurrence.file)), printable(occurrence.section),
               std::to_string(occurrence.offset), other ? "(other path)" : std::string(name(occurrence.kind)),
               printable(occurrence.text), printable(occurrence.left)});
  }
  if (table.empty()) return {};
  const uint64_t more = report.scan.occurrences.size() - listed(report).size();
  return table.text() + (more == 0 ? "" : fmt::format("and {} more places; --all lists them\n", more));
}

void append_occurrence(JsonWriter& json, const Occurrence& occurrence) {
  json.begin_object().field("file", file_name(occurrence.file)).field("section", occurrence.section);
  json.count("offset", occurrence.offset).count("size", occurrence.size);
  json.field("kind", name(occurrence.kind)).field("match", name(occurrence.match));
  json.path("old_path", occurrence.path);
  json.count("text_offset", occurrence.text_offset).count("text_size", occurrence.text_size);
  json.path("text", occurrence.text);
  if (!occurrence.left.empty()) json.field("not_replaced", occurrence.left);
  json.end_object();
}

void append_counts(JsonWriter& json, const PayloadScan& scan) {
  const auto counts = scan.counts();
  json.key("counts").begin_object();
  for (size_t kind = 0; kind < kOccurrenceKinds; ++kind)
    json.count(name(static_cast<OccurrenceKind>(kind)), counts[kind]);
  json.end_object();
}

std::string forecast_text(const Forecast& forecast) {
  std::string text;
  if (forecast.obstacle)
    text = (forecast.action == PayloadAction::leave ? "left alone: " : "the header alone is relocated: ") +
           printable(sentence(*forecast.obstacle));
  else if (forecast.size_before == 0)
    text = "every text keeps its length";
  else
    text = fmt::format(
        "{} names and {} constants grow (payload {} -> {} bytes{}){}", forecast.names, forecast.constants,
        forecast.size_before, forecast.size_after, forecast.new_identity ? ", with a new build id" : "",
        forecast.dropped_code == 0 ? ""
                                   : fmt::format("; {} compiled functions are dropped, which an alias "
                                                 "(--payload-alias=auto) would keep",
                                                 forecast.dropped_code));
  return labelled("To " + printable(forecast.to), text);
}

void append_forecast(JsonWriter& json, const Forecast& forecast) {
  json.key("forecast").begin_object().path("to", forecast.to).field("action", name(forecast.action));
  if (forecast.obstacle)
    json.field("obstacle", jireloc::name(forecast.obstacle->code))
        .field("message", forecast.obstacle->message);
  json.count("names", forecast.names).count("constants", forecast.constants);
  json.count("dropped_code", forecast.dropped_code).flag("new_identity", forecast.new_identity);
  json.count("payload_size", forecast.size_before).count("payload_size_after", forecast.size_after);
  json.end_object();
}

std::vector<Reason> reasons_of(const PayloadScan& scan) {
  std::vector<Reason> reasons;
  if (scan.obstacle) reasons.push_back(*scan.obstacle);
  for (const std::string& note : scan.notes) reasons.push_back({Code::not_looked_into, note});
  return reasons;
}

}  // namespace

std::string scan_text(const ScanReport& report, bool summary_only, bool color) {
  const PayloadScan& scan = report.scan;
  const bool alarming =
      scan.summary == PayloadSummary::path_constants || scan.summary == PayloadSummary::unknown;
  const std::string summary(name(scan.summary));
  const std::string counts = counts_text(scan);
  std::string text =
      fmt::format("{}: {}{}\n", linked(report.path, color), alarming ? red(summary, color) : summary,
                  counts.empty() ? "" : " (" + counts + ")");
  if (report.audit) text += labelled("Paths", paths_sentence(*report.audit, report.with_step));
  if (report.forecast) text += forecast_text(*report.forecast);
  if (summary_only) return text;
  for (const std::string& path : scan.paths) text += labelled("Old path", printable(path));
  if (scan.paths.empty()) text += labelled("Old path", "none is known; name it with --path");
  if (scan.obstacle) text += labelled("Cannot be rewritten", printable(sentence(*scan.obstacle)));
  for (const std::string& note : scan.notes) text += labelled("Note", printable(note));
  if (scan.structure_only)
    text +=
        labelled("Verified", "structure: no real image of this kind has been read by this program's tests");
  if (scan.decompressed) text += labelled("Offsets", "from the start of the decompressed data");
  if (report.audit) return text + paths_text(*report.audit);
  return text + occurrences_text(report);
}

std::string scan_json(const ScanReport& report, bool summary_only, const Common& common) {
  const PayloadScan& scan = report.scan;
  JsonWriter json;
  json.begin_object().field("schema", scan_schema);
  add_place(json, common, report.path);
  json.field("status", name(scan.summary));
  append_reasons(json, "reasons", reasons_of(scan));
  if (!report.library_path.empty())
    json.path("library", report.library_path).flag("library_present", report.library_present);
  json.strings("old_paths", scan.paths);
  append_counts(json, scan);
  json.field("verified", scan.structure_only ? "structure" : "corpus")
      .flag("decompressed", scan.decompressed);
  if (report.audit) append_paths(json, *report.audit, report.with_step);
  if (report.forecast) append_forecast(json, *report.forecast);
  if (!summary_only) {
    json.count("occurrences_total", scan.occurrences.size()).key("occurrences").begin_array();
    for (const Occurrence& occurrence : listed(report)) append_occurrence(json, occurrence);
    json.end_array();
  }
  json.end_object();
  return json.take();
}

}  // namespace jireloc::cli
