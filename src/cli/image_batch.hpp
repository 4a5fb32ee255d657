// What subcommands that look at one image after the other have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/bundle_inputs.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/host.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "jireloc/image_order.hpp"

namespace jireloc::cli {

// What came of one item.
struct ItemOutput {
  std::string text = {};         // for standard output: text, or with --json one object
  std::string diagnostics = {};  // for standard error: whole lines (error_line, message_line)
  ExitStatus status = ExitStatus::well;
};

// How many images have texts that grew.
class GrownImages {
 public:
  void add(uint64_t texts, uint64_t dropped_code);
  std::string text() const;  // lines for the end of a run; empty where none has

 private:
  uint64_t images_ = 0, shortened_ = 0, dropped_code_ = 0;
};

// The key "grown" of one image; nothing where all is zero.
void append_grown(JsonWriter& json, uint64_t names, uint64_t constants, uint64_t dropped_code,
                  bool new_identity, uint64_t payload_size, uint64_t payload_size_after);

// Says of each item what came of it, in the order in which they are added.
class ItemReport {
 public:
  // `things`: what the items are, in the plural.
  ItemReport(const CommandLine& line, Output& out, std::string things)
      : out_(out),
        is_json_(line.common.json != JsonMode::none),
        items_(out, line.common.json),
        progress_(std::move(things)) {}
  void add(const ItemOutput& output);
  // Ends what --json has begun, and the line of progress. Gives the worst status.
  ExitStatus finish();

 private:
  Output& out_;
  const bool is_json_;
  JsonItems items_;
  Progress progress_;
  ExitStatus status_ = ExitStatus::well;
};

inline Threads threads_of(const CommandLine& line) {
  return {line.common.jobs, line.common.most_jobs};
}

// The names on a command line and in the file that --files-from names, one after the other; where they lie.
std::function<std::optional<std::string>()> names_given(const Common& common);

// Says which of the PATHs are folders in which no image was found, unless --quiet is given.
void say_empty_folders(const CommandLine& line, const ImageFiles& images);
// What to say of what is no image, likewise.
std::string remark_line(const CommandLine& line, const ImageCandidate& candidate, const OpenedImage& opened);

// All images of a command line, each worked on by one thread of several.
class ImageRun {
 public:
  // `schema`: of the objects of failed items, "jireloc/inspect/1". `packed`: .ji.zst is read too, and so are
  // bundles, unless the images are ordered.
  ImageRun(const CommandLine& line, std::string_view schema, bool packed)
      : line_(line), schema_(schema), images_(names_given(line.common), packed, line.common.max_size) {
    if (packed) bundles_.emplace(line.common.max_size);
  }

  // Each image after those that it rests on; results come when all are there.
  const OrderedImages& order() { return *(ordered_ = order_images(images_, threads_of(line_))); }

  // To be called before run(), for each before it is worked on, in their order and on the calling thread.
  void when_found(std::function<void(const ImageCandidate&)> call) { when_found_ = std::move(call); }

  // emit(work(candidate, opened)) for each in their order. What was no image, or could not be opened, or
  // failed (an Error that work throws fails the item alone) becomes a Result made of an ItemOutput: it is
  // said on standard error, and with --json an object with status "failed" and the reason stands in its
  // place.
  template <typename Result, typename Work, typename Emit>
  void run(const Work& work, const Emit& emit) {
    const auto attempted = [&](ImageCandidate& candidate) {
      Result result{};
      auto other =
          attempt(candidate, [&](OpenedImage opened) { result = work(candidate, std::move(opened)); });
      candidate.bytes.reset();
      return other ? Result{std::move(*other)} : std::move(result);
    };
    if (ordered_) {
      for (const ImageCandidate& candidate : ordered_->images)
        if (when_found_) when_found_(candidate);
      for (Result& result : each_by_need<Result>(attempted)) emit(std::move(result));
    } else {
      in_order(
          threads_of(line_), [&] { return next(); }, attempted, emit);
    }
  }

  // To be called at the end: says which folders, and which bundles, hold no image.
  void say_empty_folders() const;

 private:
  std::optional<ImageCandidate> next() {
    std::optional<ImageCandidate> found = bundles_ ? bundles_->next(images_) : images_.next();
    if (found && when_found_) when_found_(*found);
    return found;
  }
  // Each image after those that it rests on; the results in the order in which the images were found.
  template <typename Result, typename Work>
  std::vector<Result> each_by_need(const Work& work) {
    std::vector<Result> results(ordered_->images.size());
    for_all_by_need(threads_of(line_), ordered_->needs,
                    [&](size_t image) { results[image] = work(ordered_->images[image]); });
    return results;
  }
  std::optional<ItemOutput> attempt(const ImageCandidate& candidate,
                                    const std::function<void(OpenedImage)>& work) const;

  const CommandLine& line_;
  const Host* const host_ = current_host();
  const std::string_view schema_;
  std::function<void(const ImageCandidate&)> when_found_;
  ImageFiles images_;
  std::optional<BundleInputs> bundles_;
  std::optional<OrderedImages> ordered_;
};

struct ImageBatch {
  std::string_view schema;
  bool packed = false;    // see ImageRun
  bool in_order = false;  // see ImageRun::order
  std::function<ItemOutput(const ImageCandidate& candidate, const ByteSource& source)> work;
};

// Runs over all images of the command line, prints the results in their order and says what was no image,
// which folders hold none and what could not be read.
ExitStatus run_images(const CommandLine& line, Output& out, const ImageBatch& batch);

// {"schema":…,"path":…,"status":"failed","reasons":[{"code":…,"message":…,"offset":…}]}
std::string failed_object(std::string_view schema, const std::string& path, const Error& error);

}  // namespace jireloc::cli
