// What subcommands that look at one image after the other have in common.
#pragma once

#include <functional>
#include <string>

#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/images.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"

namespace jireloc::cli {

// What came of one image.
struct ItemOutput {
  std::string text;         // for standard output: text, or with --json one object
  std::string diagnostics;  // for standard error: whole lines (error_line, message_line)
  ExitStatus status = ExitStatus::well;
};

struct ImageBatch {
  std::string_view schema;  // of the objects of failed items: "jireloc/inspect/1"
  bool compressed = false;  // .ji.zst is read too
  bool in_order = false;    // each image after those that it rests on: results come when all are there
  // Called on several threads. An Error it throws fails the item alone: it is said on standard error, and
  // with
  // --json an object with status "failed" and the reason stands in the item's place.
  std::function<ItemOutput(const Candidate& candidate, const ByteSource& source)> work;
};

// Runs over all images of the command line, prints the results in their order and says what was no image,
// which folders hold none and what could not be read.
ExitStatus run_images(const CommandLine& line, Output& out, const ImageBatch& batch);

// {"schema":…,"path":…,"status":"failed","reasons":[{"code":…,"message":…,"offset":…}]}
std::string failed_object(std::string_view schema, const std::string& path, const Error& error);
// The object of a reason alone, as it stands in "reasons".
void append_reason(JsonWriter& json, const Error& error);

}  // namespace jireloc::cli
