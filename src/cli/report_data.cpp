#include "cli/report_data.hpp"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "cli/check_causes.hpp"
#include "cli/depot_network.hpp"
#include "cli/embedded.hpp"
#include "cli/graph_text.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"
#include "cli/report_facts.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc::cli {
namespace {

void write_any_reasons(JsonWriter& json, std::string_view key, const std::vector<Reason>& reasons) {
  if (!reasons.empty()) append_reasons(json, key, reasons);
}

std::string build_id_of(const ImageReport& report) {
  return (report.build_id_hi == 0 ? "" : hex64(report.build_id_hi)) + hex64(report.build_id_lo);
}

using Facts = std::map<const CheckedImage*, ImageFacts>;

// The names of parts, each once; images tell their number.
class PartNames {
 public:
  int64_t number(const BytePart& part) {
    const auto [found, is_new] = numbers_.try_emplace({name(part.kind), part.name}, names_.size());
    if (is_new) names_.push_back(&found->first);
    return static_cast<int64_t>(found->second);
  }
  void write(JsonWriter& json) const {
    json.key("part_names").begin_array();
    for (const auto* each : names_) {
      json.begin_array().string(each->first);
      json.string(each->second).end_array();
    }
    json.end_array();
  }

 private:
  std::map<std::pair<std::string_view, std::string>, size_t> numbers_;
  std::vector<const std::pair<std::string_view, std::string>*> names_;
};

void write_parts(JsonWriter& json, std::string_view key, const std::vector<BytePart>& parts,
                 PartNames& names) {
  if (parts.empty()) return;
  json.key(key).begin_array();
  for (const BytePart& part : parts)
    json.number(names.number(part)).number(static_cast<int64_t>(part.extent.size));
  json.end_array();
}

void write_counts(JsonWriter& json, std::string_view key,
                  const std::array<uint64_t, kOccurrenceKinds>& counts) {
  json.key(key).begin_object();
  for (size_t kind = 0; kind < kOccurrenceKinds; ++kind)
    if (counts[kind] != 0) json.count(name(static_cast<OccurrenceKind>(kind)), counts[kind]);
  json.end_object();
}

void write_places(JsonWriter& json, const std::vector<NamedPlace>& places) {
  if (places.empty()) return;
  json.key("places").begin_array();
  for (const NamedPlace& place : places) {
    json.begin_object().path("place", place.path).flag("is_here", place.is_here);
    json.count("file_names", place.files).count("source_names", place.sources);
    write_counts(json, "found", place.found);
    write_counts(json, "left", place.left);
    if (!place.why_left.empty()) json.field("why_left", place.why_left);
    json.end_object();
  }
  json.end_array();
}

void write_facts(JsonWriter& json, const ImageFacts& facts, PartNames& names) {
  if (facts.layout.empty()) return;
  json.field("layout", facts.layout).count("sources_total", facts.sources_total);
  json.strings("sources", facts.sources);
  if (!facts.processors.empty()) json.strings("processors", facts.processors);
  write_parts(json, "image_parts", facts.image, names);
  write_parts(json, "library_parts", facts.library, names);
  write_places(json, facts.places);
}

void write_checked_image(JsonWriter& json, const CheckedImage& image, const Common& common) {
  const ImageReport& report = image.report;
  add_place(json, common, image.path);
  json.flag("named", image.input);
  if (const auto parts = parse_cache_path(image.recorded)) json.field("julia_folder", parts->version);
  write_any_reasons(json, "reasons", report.reasons);
  write_any_reasons(json, "load_problems", report.load_problems);
  write_any_reasons(json, "findings", report.findings);
  write_any_reasons(json, "unknowns", report.unknowns);
  if (!report.notes.empty()) json.strings("notes", report.notes);
  if (report.module.name.empty()) return;
  json.field("uuid", report.module.uuid.text()).field("build_id", build_id_of(report));
  json.field("julia_version", report.julia_version);
  json.path("recorded_source", report.recorded_source).path("located_source", report.located_source);
  if (!report.native_library.empty()) json.path("native_library", report.native_library);
}

void write_network(JsonWriter& json, const Network& network, const Common& common, const Facts& facts) {
  PartNames names;
  json.key("nodes").begin_array();
  for (const NetworkNode& node : network.nodes) {
    json.begin_object().field("package", node.package).field("label", node.label);
    json.field("condition", name(node.condition));
    if (!node.cause.empty()) json.field("code", node.cause).field("message", node.message);
    if (node.image != nullptr) write_checked_image(json, *node.image, common);
    if (const auto known = facts.find(node.image); known != facts.end())
      write_facts(json, known->second, names);
    write_nodes_of(json, "needs", node.needs);
    write_nodes_of(json, "drawn", node.direct);
    json.end_object();
  }
  json.end_array();
  names.write(json);
}

std::string_view condition_of_cause(const Cause& cause, const Network& network,
                                    const std::unordered_map<const CheckedImage*, size_t>& place_of) {
  const auto found = place_of.find(cause.images[0].image);
  return name(found == place_of.end() ? Condition::unknown : network.nodes[found->second].condition);
}

void write_causes(JsonWriter& json, const CheckRun& check, const CommandLine& asked, const Network& network) {
  std::unordered_map<const CheckedImage*, size_t> place_of;
  for (size_t i = 0; i < network.nodes.size(); ++i)
    if (network.nodes[i].image != nullptr) place_of[network.nodes[i].image] = i;
  json.key("causes").begin_array();
  for (const Cause& cause : causes_of(check.images())) {
    std::vector<size_t> places;
    for (const Cause::Image& image : cause.images)
      if (const auto found = place_of.find(image.image); found != place_of.end())
        places.push_back(found->second);
    json.begin_object().field("code", jireloc::name(cause.code)).field("meaning", meaning(cause.code));
    json.field("condition", condition_of_cause(cause, network, place_of)).count("waiting", cause.waiting);
    json.field("place", common_place(cause)).field("mend", mend_sentence(cause));
    json.field("command", mend_command(cause, check.images(), asked));
    write_nodes_of(json, "nodes", places);
    json.end_object();
  }
  json.end_array();
}

// So that no text ends the script element that it stands in.
std::string for_script(const std::string& json) {
  std::string out;
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string report_data(const CheckRun& check, const CommandLine& asked, const std::string& command,
                        const std::string& made, bool payloads) {
  const Network network = network_of(check);
  const Facts facts = image_facts(check.images(), asked, payloads);
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/report/1").field("version", JIRELOC_VERSION);
  json.field("command", command).field("made", made);
  write_causes(json, check, asked, network);
  write_network(json, network, asked.common, facts);
  return json.end_object().take();
}

std::string report_page(const std::string& data) {
  constexpr std::string_view kPlace = "@DATA@";
  std::string page(embedded("src/cli/report.html"));
  return page.replace(page.find(kPlace), kPlace.size(), for_script(data));
}

}  // namespace jireloc::cli
