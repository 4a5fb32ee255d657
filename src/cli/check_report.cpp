#include "cli/check_report.hpp"

#include <algorithm>

#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

void add_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

}  // namespace

ExitStatus status_of(const ImageReport& report) noexcept {
  const bool is_open =
      std::any_of(report.load_problems.begin(), report.load_problems.end(),
                  [](const Reason& problem) { return problem.code == Code::dependency_unknown; });
  if (report.verdict == Verdict::unreadable || !report.unknowns.empty() || is_open) return ExitStatus::failed;
  const bool well = report.verdict == Verdict::fresh && report.loads && report.findings.empty();
  return well ? ExitStatus::well : ExitStatus::findings;
}

ExitStatus status_of(const CheckRun& check) noexcept {
  ExitStatus status = ExitStatus::well;
  for (const auto& image : check.images())
    if (image->input) status = worse(status, status_of(image->report));
  return status;
}

std::string check_object(const ImageReport& report, const Common& common) {
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/check/2");
  add_place(json, common, report.path);
  json.field("verdict", name(report.verdict)).flag("loads", report.loads);
  append_reasons(json, "reasons", report.reasons);
  append_reasons(json, "load_problems", report.load_problems);
  add_texts(json, "root_causes", report.root_causes);
  append_reasons(json, "findings", report.findings);
  if (!report.unknowns.empty()) append_reasons(json, "unknowns", report.unknowns);
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

}  // namespace jireloc::cli
