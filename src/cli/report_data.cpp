#include "cli/report_data.hpp"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "cli/check_causes.hpp"
#include "cli/depot_network.hpp"
#include "cli/embedded.hpp"
#include "cli/graph_text.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"
#include "jireloc/cache_file.hpp"
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

// What judging has read, and does not keep.
struct HeaderFacts {
  std::string layout;
  uint64_t sources_total = 0;
  std::vector<std::string> sources;  // the first of them
  std::vector<std::string> processors;
};

HeaderFacts facts_of(const CacheFile& header) {
  constexpr size_t kMostSources = 500;
  HeaderFacts facts;
  facts.layout = header.layout->name;
  for (const Dependency& dependency : header.dependencies)
    if (!dependency.is_require() && ++facts.sources_total <= kMostSources)
      facts.sources.push_back(dependency.path);
  if (header.layout->has_clone_targets())
    for (const CloneTarget& target : decode_clone_targets(header.clone_targets))
      facts.processors.push_back(target.name);
  return facts;
}

std::optional<HeaderFacts> read_facts(const CheckedImage& image) {
  if (!image.number || paths::is_compressed_image(image.path)) return std::nullopt;
  try {
    return facts_of(read_cache_file(*open_file(image.path), {ReadDepth::header, nullptr}));
  } catch (const Error&) {
    return std::nullopt;  // what is wrong with it is among the reasons
  }
}

void write_header_facts(JsonWriter& json, const CheckedImage& image) {
  const std::optional<HeaderFacts> facts = read_facts(image);
  if (!facts) return;
  json.field("layout", facts->layout).count("sources_total", facts->sources_total);
  json.strings("sources", facts->sources);
  if (!facts->processors.empty()) json.strings("processors", facts->processors);
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
  write_header_facts(json, image);
  if (report.module.name.empty()) return;
  json.field("uuid", report.module.uuid.text()).field("build_id", build_id_of(report));
  json.field("julia_version", report.julia_version);
  json.path("recorded_source", report.recorded_source).path("located_source", report.located_source);
  if (!report.native_library.empty()) json.path("native_library", report.native_library);
}

void write_network(JsonWriter& json, const Network& network, const Common& common) {
  json.key("nodes").begin_array();
  for (const NetworkNode& node : network.nodes) {
    json.begin_object().field("package", node.package).field("label", node.label);
    json.field("condition", name(node.condition));
    if (!node.cause.empty()) json.field("code", node.cause).field("message", node.message);
    if (node.image != nullptr) write_checked_image(json, *node.image, common);
    write_nodes_of(json, "needs", node.needs);
    write_nodes_of(json, "drawn", node.direct);
    json.end_object();
  }
  json.end_array();
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
                        const std::string& made) {
  const Network network = network_of(check);
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/report/1").field("version", JIRELOC_VERSION);
  json.field("command", command).field("made", made);
  write_causes(json, check, asked, network);
  write_network(json, network, asked.common);
  return json.end_object().take();
}

std::string report_page(const std::string& data) {
  constexpr std::string_view kPlace = "@DATA@";
  std::string page(embedded("src/cli/report.html"));
  return page.replace(page.find(kPlace), kPlace.size(), for_script(data));
}

}  // namespace jireloc::cli
