#include "cli/image_batch.hpp"

#include <fmt/format.h>

#include "base/work.hpp"
#include "cli/batch.hpp"
#include "cli/places.hpp"
#include "cli/progress.hpp"
#include "cli/rewrite_order.hpp"

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

ItemOutput process(const CommandLine& line, const Images& images, const ImageBatch& batch,
                   const Candidate& candidate) {
  const ItemWork work;
  try {
    const OpenedImage opened = images.open(candidate);
    if (opened.source) return batch.work(candidate, *opened.source);
    ItemOutput skipped;
    if (!opened.remark.empty() && !line.common.quiet) {
      skipped.diagnostics = message_line(candidate.path, opened.remark);
    }
    return skipped;
  } catch (const Error& error) {
    return failed_item(line, batch.schema, candidate.path, error);
  } catch (const std::bad_alloc&) {
    const Error error(ErrorKind::too_large, "more memory would be needed than there is");
    return failed_item(line, batch.schema, candidate.path, error);
  }
}

}  // namespace

void append_reason(JsonWriter& json, const Error& error) {
  json.begin_object().field("code", code(error.kind())).field("message", error.message());
  if (error.offset()) json.count("offset", *error.offset());
  json.end_object();
}

std::string failed_object(std::string_view schema, const std::string& path, const Error& error) {
  JsonWriter json;
  json.begin_object().field("schema", schema).path("path", absolute_path(path)).field("status", "failed");
  json.key("reasons").begin_array();
  append_reason(json, error);
  json.end_array().end_object();
  return json.take();
}

ExitStatus run_images(const CommandLine& line, Output& out, const ImageBatch& batch) {
  Images images(line.common, batch.compressed);
  JsonItems items(out, line.common.json);
  Progress progress("images");
  ExitStatus status = ExitStatus::well;
  const auto work = [&](Candidate& candidate) { return process(line, images, batch, candidate); };
  const auto emit = [&](const ItemOutput& output) {
    status = worse(status, output.status);
    if (!output.diagnostics.empty() && out.is_terminal()) out.flush();
    Console::instance().lines(output.diagnostics);
    if (!output.text.empty()) {
      if (out.is_terminal()) Console::instance().progress({});
      line.common.json == JsonMode::none ? out.write(output.text) : items.add(output.text);
    }
    progress.advance(output.status);
  };
  const Threads threads(line.common.jobs, line.common.most_jobs);
  if (batch.in_order) {
    OrderedImages ordered = order_images(images, line);
    for (const ItemOutput& output : by_level<ItemOutput>(ordered, threads, work)) emit(output);
  } else {
    in_order(
        threads, [&] { return images.next(); }, work, emit);
  }
  items.finish();
  progress.finish();
  if (line.common.quiet) return status;
  for (const std::string& folder : images.folders_without_images()) {
    Console::instance().lines(message_line(folder, "no cache files in this folder"));
  }
  return status;
}

}  // namespace jireloc::cli
