// How a story is told.
#include <fmt/format.h>

#include "cli/explain_parts.hpp"
#include "cli/hyperlink.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

std::string_view order_of(const std::string& folder) {
  const JuliaVersion version = version_of_folder(folder);
  if (version < JuliaVersion{1, 6, 0, ""}) return "by depot, then by name";
  return version < JuliaVersion{1, 11, 0, ""} ? "newest first" : "with native code first, then newest first";
}

std::string folders_text(const Story& story, const Screen& screen) {
  std::string text;
  for (const PackageFolderImages& folder : story.folders)
    text += paragraph(fmt::format("{}: {}", printable(folder.folder),
                                  folder.images == 0 ? "none" : std::to_string(folder.images)),
                      2, screen);
  for (const PackageFolderImages& folder : story.others)
    text += paragraph(fmt::format("{}: {}, for another Julia", printable(folder.folder), folder.images), 2,
                      screen);
  return text;
}

std::string outcome_of(const TriedImage& tried) {
  const ImageReport& report = tried.image->report;
  std::string text(name(report.verdict));
  if (report.verdict == Verdict::fresh && !report.loads) text += ", but does not load";
  if (tried.is_taken) return text + ": Julia takes this one";
  if (report.verdict == Verdict::fresh && report.loads)
    return text + ": would do, but Julia does not get this far";
  return tried.is_tried ? text : text + "; Julia does not get this far";
}

std::string tried_text(const TriedImage& tried, size_t number, const Screen& screen, bool color) {
  const ImageReport& report = tried.image->report;
  std::string text = paragraph(fmt::format("{}. {}", number, linked(tried.image->path, color)), 2, screen);
  text += paragraph(outcome_of(tried), 5, screen);
  if (!tried.passed.empty())
    text += paragraph("passed: " + fmt::format("{}", fmt::join(tried.passed, ", ")), 5, screen);
  if (tried.reason == nullptr) return text;
  text += paragraph(fmt::format("fell at: {} ({}): {}", tried.fell_at, jireloc::name(tried.reason->code),
                                printable(tried.reason->message)),
                    5, screen);
  if (!tried.says.empty()) text += paragraph(fmt::format("Julia says: {}", tried.says), 5, screen);
  for (const auto* list : {&report.reasons, &report.load_problems, &report.findings, &report.unknowns})
    for (const Reason& reason : *list)
      if (&reason != tried.reason)
        text += paragraph(fmt::format("also {}: {}", jireloc::name(reason.code), printable(reason.message)),
                          5, screen);
  for (const std::string& note : report.notes) text += paragraph("not judged: " + printable(note), 5, screen);
  return text;
}

std::string_view outcome_name(Story::Outcome outcome) {
  switch (outcome) {
    case Story::Outcome::loads:
      return "loads";
    case Story::Outcome::compiles:
      return "compiles";
    case Story::Outcome::fails:
      return "fails";
    case Story::Outcome::unknown:
      return "unknown";
  }
  return {};
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

void add_folders(JsonWriter& json, std::string_view key, const std::vector<PackageFolderImages>& folders) {
  json.key(key).begin_array();
  for (const PackageFolderImages& folder : folders)
    json.begin_object().path("folder", folder.folder).count("images", folder.images).end_object();
  json.end_array();
}

void add_tried(JsonWriter& json, const TriedImage& tried, const Common& common) {
  const ImageReport& report = tried.image->report;
  json.begin_object();
  add_place(json, common, tried.image->path);
  json.field("verdict", name(report.verdict)).flag("loads", report.loads);
  json.flag("tried", tried.is_tried).flag("taken", tried.is_taken).strings("passed", strings(tried.passed));
  if (tried.reason != nullptr) {
    json.field("fell_at", tried.fell_at).field("code", jireloc::name(tried.reason->code));
    json.field("message", tried.reason->message).field("julia_says", tried.says);
  }
  json.end_object();
}

}  // namespace

std::string story_text(const Story& story, const Screen& screen, bool color) {
  std::string text = bold("In the load path:", color) + "\n";
  for (const std::string& sentence : story.lookup) text += paragraph(printable(sentence), 2, screen);
  if (!story.source.empty()) text += paragraph("its source: " + printable(story.source), 2, screen);
  text += bold(fmt::format("Images for Julia {}:", story.version.empty() ? "?" : story.version.substr(1)),
               color) +
          "\n";
  text += folders_text(story, screen);
  if (!story.tried.empty())
    text += bold(fmt::format("As Julia tries them ({}):", order_of(story.version)), color) + "\n";
  for (size_t i = 0; i < story.tried.size(); ++i) text += tried_text(story.tried[i], i + 1, screen, color);
  if (story.chain.size() > 1) {
    text += bold("What it goes back to:", color) + "\n";
    text += paragraph(fmt::format("{}: {}", printable(fmt::format("{}", fmt::join(story.chain, " needs "))),
                                  printable(story.root)),
                      2, screen);
  }
  std::string answer = paragraph(printable(story.answer), 0, screen);
  answer.pop_back();
  text += "\n" + bold(answer, color) + "\n";
  if (!story.command.empty()) text += "  " + story.command + "\n";
  return text;
}

std::string story_object(const Story& story, const Common& common) {
  JsonWriter json;
  json.begin_object().field("schema", "jireloc/explain/2").field("package", story.package);
  if (story.uuid) json.field("uuid", story.uuid->text());
  json.field("julia", story.version).strings("lookup", story.lookup).path("source", story.source);
  add_folders(json, "folders", story.folders);
  add_folders(json, "other_folders", story.others);
  json.key("tried").begin_array();
  for (const TriedImage& tried : story.tried) add_tried(json, tried, common);
  json.end_array().strings("chain", story.chain).field("root", story.root);
  json.field("outcome", outcome_name(story.outcome))
      .field("answer", story.answer)
      .field("command", story.command);
  return json.end_object().take();
}

}  // namespace jireloc::cli
