#include "cli/image_batch.hpp"

#include <fmt/format.h>

#include "cli/name_list.hpp"
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

void GrownImages::add(uint64_t texts, uint64_t dropped_code) {
  images_ += texts != 0;
  shortened_ += dropped_code != 0;
  dropped_code_ += dropped_code;
}

std::string GrownImages::text() const {
  std::string text = images_ == 0 ? "" : fmt::format("texts grew in {} images\n", images_);
  if (shortened_ == 0) return text;
  return text + fmt::format(
                    "{} compiled functions in {} of them were dropped and will be compiled when they are "
                    "called; {} would keep them\n",
                    dropped_code_, shortened_, option_for(Setting::alias));
}

void append_grown(JsonWriter& json, uint64_t names, uint64_t constants, uint64_t dropped_code,
                  bool new_identity, uint64_t payload_size, uint64_t payload_size_after) {
  if (names + constants + dropped_code == 0 && !new_identity) return;
  json.key("grown").begin_object().count("names", names).count("constants", constants);
  json.count("dropped_code", dropped_code).flag("new_identity", new_identity);
  json.count("payload_size", payload_size).count("payload_size_after", payload_size_after).end_object();
}

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

std::function<std::optional<std::string>()> names_given(const Common& common) {
  return [&common, next = size_t{0}, list = std::shared_ptr<NameList>()]() mutable {
    std::optional<std::string> name;
    if (next < common.paths.size())
      name = common.paths[next++];
    else if (common.files_from) {
      if (!list) list = std::make_shared<NameList>(*common.files_from, common.null_separated);
      name = list->next();
    }
    return name ? std::optional(place_here(common, *name)) : name;
  };
}

void say_empty_folders(const CommandLine& line, const ImageFiles& images) {
  if (line.common.quiet) return;
  for (const std::string& folder : images.folders_without_images())
    Console::instance().lines(message_line(folder, "no cache files in this folder"));
}

void ImageRun::say_empty_folders() const {
  cli::say_empty_folders(line_, images_);
  if (!bundles_ || line_.common.quiet) return;
  for (const std::string& bundle : bundles_->without_images())
    Console::instance().lines(message_line(bundle, "no cache files in this bundle"));
}

std::string remark_line(const CommandLine& line, const ImageCandidate& candidate, const OpenedImage& opened) {
  const bool is_said = !opened.remark.empty() && !line.common.quiet;
  return is_said ? message_line(candidate.path, opened.remark) : "";
}

std::optional<ItemOutput> ImageRun::attempt(const ImageCandidate& candidate,
                                            const std::function<void(OpenedImage)>& work) const {
  stop_if_asked(host_);
  try {
    OpenedImage opened = images_.open(candidate);
    if (opened.source) return work(std::move(opened)), std::nullopt;
    return ItemOutput{.diagnostics = remark_line(line_, candidate, opened)};
  } catch (const Error& error) {
    return failed_item(line_, schema_, candidate.path, refused_bundle(candidate, error).value_or(error));
  } catch (const std::bad_alloc&) {
    const Error error(ErrorKind::too_large, "more memory would be needed than there is");
    return failed_item(line_, schema_, candidate.path, error);
  }
}

std::string failed_object(std::string_view schema, const std::string& path, const Error& error) {
  JsonWriter json;
  json.begin_object().field("schema", schema).path("path", paths::absolute(path)).field("status", "failed");
  json.key("reasons").begin_array();
  append_reason(json, error.reason());
  json.end_array().end_object();
  return json.take();
}

ExitStatus run_images(const CommandLine& line, Output& out, const ImageBatch& batch) {
  ImageRun images(line, batch.schema, batch.packed);
  if (batch.in_order) images.order();
  ItemReport report(line, out, "images");
  images.run<ItemOutput>([&](const ImageCandidate& candidate,
                             const OpenedImage& opened) { return batch.work(candidate, *opened.source); },
                         [&](const ItemOutput& output) { report.add(output); });
  const ExitStatus status = report.finish();
  images.say_empty_folders();
  return status;
}

}  // namespace jireloc::cli
