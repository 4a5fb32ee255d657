#include "cli/image_batch.hpp"

#include <fmt/format.h>

#include "base/work.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

ItemOutput failed_item(const CommandLine& line, std::string_view schema, const std::string& path,
                       const Error& error) {
  ItemOutput output;
  output.diagnostics = error_line(error.in_file(path));
  output.status = ExitStatus::failed;
  if (line.common.json != JsonMode::none) output.text = failed_object(schema, path, error);
  return output;
}

}  // namespace

void ItemReport::add(const ItemOutput& output) {
  status_ = worse(status_, output.status);
  if (!output.diagnostics.empty() && out_.is_terminal()) out_.flush();
  Console::instance().lines(output.diagnostics);
  if (!output.text.empty()) {
    if (out_.is_terminal()) Console::instance().progress({});
    is_json_ ? items_.add(output.text) : out_.write(output.text);
  }
  progress_.advance(output.status);
}

ExitStatus ItemReport::finish() {
  items_.finish();
  progress_.finish();
  return status_;
}

std::optional<ItemOutput> ImageRun::attempt(const Candidate& candidate,
                                            const std::function<void(OpenedImage)>& work) const {
  const ItemWork counted;
  try {
    OpenedImage opened = images_.open(candidate);
    if (opened.source) return work(std::move(opened)), std::nullopt;
    ItemOutput skipped;
    if (!opened.remark.empty() && !line_.common.quiet)
      skipped.diagnostics = message_line(candidate.path, opened.remark);
    return skipped;
  } catch (const Error& error) {
    return failed_item(line_, schema_, candidate.path, error);
  } catch (const std::bad_alloc&) {
    const Error error(ErrorKind::too_large, "more memory would be needed than there is");
    return failed_item(line_, schema_, candidate.path, error);
  }
}

std::string failed_object(std::string_view schema, const std::string& path, const Error& error) {
  JsonWriter json;
  json.begin_object().field("schema", schema).path("path", absolute_path(path)).field("status", "failed");
  json.key("reasons").begin_array();
  append_reason(json, error.reason());
  json.end_array().end_object();
  return json.take();
}

ExitStatus run_images(const CommandLine& line, Output& out, const ImageBatch& batch) {
  ImageRun images(line, batch.schema, batch.compressed);
  if (batch.in_order) images.order();
  ItemReport report(line, out, "images");
  images.run<ItemOutput>([&](const Candidate& candidate,
                             const OpenedImage& opened) { return batch.work(candidate, *opened.source); },
                         [&](const ItemOutput& output) { report.add(output); });
  const ExitStatus status = report.finish();
  images.say_empty_folders();
  return status;
}

}  // namespace jireloc::cli
