#include "cli/source_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

bool ends_in(std::string_view path, std::string_view name) {
  if (!path.ends_with(name) || path.size() == name.size()) return false;
  const char before = path[path.size() - name.size() - 1];
  return before == '/' || before == '\\';
}

const SourceText* find_source(const Inspection& inspection, std::string_view name) {
  const auto& texts = inspection.file.source_texts;
  const SourceText* found = nullptr;
  std::string several;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].path == name) return &texts[i];
    if (inspection.resolved_sources && (*inspection.resolved_sources)[i] == name) return &texts[i];
    if (!ends_in(texts[i].path, name)) continue;
    if (found != nullptr) several += fmt::format("{}, ", texts[i].path);
    if (found == nullptr) found = &texts[i];
  }
  if (!several.empty()) {
    throw Error(
        ErrorKind::usage,
        fmt::format("several source texts end in {}: {}{}; name one in full", name, several, found->path),
        inspection.path);
  }
  return found;
}

}  // namespace

std::optional<std::string> source_output(const Inspection& inspection, std::string_view name, JsonMode mode) {
  const SourceText* source = find_source(inspection, name);
  if (source == nullptr) return {};
  const std::string_view text = inspection.file.text(*source);
  if (mode == JsonMode::none) return ::isatty(1) == 1 ? printable_text(text) : std::string(text);
  JsonWriter json;
  json.begin_object().field("schema", inspect_schema).path("path", inspection.path).field("status", "ok");
  json.key("source").begin_object().path("path", source->path).count("length", source->text.size);
  json.key("crc32c").hex32(text_crc(inspection.file, *source)).path("text", text);
  json.end_object().end_object();
  return json.take();
}

}  // namespace jireloc::cli
