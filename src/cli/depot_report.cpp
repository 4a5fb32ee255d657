#include "cli/depot_report.hpp"

#include <fmt/format.h>

#include "cli/hyperlink.hpp"
#include "cli/reasons.hpp"

namespace jireloc::cli {
namespace {

constexpr DepotItemStatus kStatuses[] = {DepotItemStatus::merged,        DepotItemStatus::relocated,
                                         DepotItemStatus::already_there, DepotItemStatus::kept,
                                         DepotItemStatus::dropped,       DepotItemStatus::conflict,
                                         DepotItemStatus::failed};

// What lies about in a depot is nothing to be cached; but a link where a folder or an image belongs hides
// some.
bool stays_out(const DepotItem& item) {
  if (item.status != DepotItemStatus::dropped) return false;
  const Code cause = root_cause(item);
  return item.kind != DepotItemKind::leftover || cause == Code::symbolic_link || cause == Code::not_a_file;
}

ExitStatus item_status(const DepotItem& item, bool strict) {
  if (item.status == DepotItemStatus::conflict || item.status == DepotItemStatus::failed)
    return ExitStatus::failed;
  if (item.status == DepotItemStatus::dropped && strict) return ExitStatus::findings;
  return stays_out(item) && !is_users_rule(root_cause(item)) ? ExitStatus::findings : ExitStatus::well;
}

}  // namespace

DepotReporter::DepotReporter(const CommandLine& line, Output& out, const Manner& manner)
    : line_(line), out_(out), manner_(manner), items_(line, out, "items") {}

void DepotReporter::foretell(const DepotItem& item) {
  std::string diagnostics;
  for (const Reason& warning : item.warnings)
    if (warning.code == Code::dependent_outside && foretold_.insert(warning.message).second)
      diagnostics += message_line(item.path, "warning: " + sentence(warning));
  Console::instance().lines(diagnostics);
}

void DepotReporter::add(const DepotItem& item) {
  ++counts_[{item.kind, item.status}];
  bytes_ += item.bytes;
  grown_.add(item.grown_names + item.grown_constants, item.dropped_code);
  causes_.add(item);
  ItemOutput output;
  output.status = item_status(item, manner_.strict);
  const bool bad = output.status == ExitStatus::failed;
  const bool is_said = item.status == DepotItemStatus::dropped || item.status == DepotItemStatus::kept;
  if (bad || (is_said && !line_.common.quiet))
    for (const Reason& remark : item.reasons)
      output.diagnostics +=
          message_line(item.path, fmt::format("{}: {}", name(item.status), sentence(remark)));
  if (!line_.common.quiet)
    for (const Reason& warning : item.warnings)
      if (!foretold_.contains(warning.message))
        output.diagnostics += message_line(item.path, "warning: " + sentence(warning));
  if (line_.common.json != JsonMode::none)
    output.text = json_object(item);
  else if (line_.common.verbose)
    output.text = fmt::format("{:<13} {:<8} {}\n", name(item.status), name(item.kind),
                              linked(item.path, line_.common.color && !item.removed));
  items_.add(output);
}

void DepotReporter::add_object(const std::string& json) {
  ItemOutput output;
  output.text = json;
  items_.add(output);
}

std::string DepotReporter::json_object(const DepotItem& item) const {
  JsonWriter json;
  json.begin_object().field("schema", manner_.schema).field("kind", name(item.kind)).path("path", item.path);
  if (!item.seen.empty() && item.seen != item.path) json.path("seen", item.seen);
  json.field("status", name(item.status)).flag("dry_run", manner_.changes_nothing);
  if (!item.target.empty()) json.path("target", item.target);
  if (!item.target_seen.empty() && item.target_seen != item.target)
    json.path("target_seen", item.target_seen);
  append_reasons(json, "reasons", item.reasons);
  if (!item.reasons.empty()) json.field("cause", name(root_cause(item)));
  append_reasons(json, "warnings", item.warnings);
  if (!item.assumed.empty()) json.strings("assumed_of_julia", item.assumed);
  if (item.absent_before != 0) json.count("absent_before", item.absent_before);
  append_grown(json, item.grown_names, item.grown_constants, item.dropped_code, item.new_identity,
               item.payload_size, item.payload_size_after);
  return json.count("bytes", item.bytes).flag("removed", item.removed).end_object().take();
}

std::string DepotReporter::table() const {
  std::string text = line_.common.dry_run ? "dry run: nothing was changed\n" : "";
  text += fmt::format("{:<14}{:>9}{:>10}{:>9}{:>10}\n", "", "packages", "artifacts", "images", "leftovers");
  for (const DepotItemStatus status : kStatuses) {
    uint64_t sum = 0;
    std::string row = fmt::format("{:<14}", name(status));
    for (const auto& [kind, width] :
         {std::pair(DepotItemKind::package, 9), std::pair(DepotItemKind::artifact, 10),
          std::pair(DepotItemKind::image, 9), std::pair(DepotItemKind::leftover, 10)}) {
      const auto found = counts_.find({kind, status});
      const uint64_t count = found == counts_.end() ? 0 : found->second;
      sum += count;
      row += fmt::format("{:>{}}", count, width);
    }
    if (sum != 0) text += row + "\n";
  }
  for (const auto& [item, count] : counts_)
    if (item.first == DepotItemKind::scratchspace)
      text += fmt::format("  scratch spaces, {}: {}\n", name(item.second), count);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin_;
  return text + grown_.text() + fmt::format("{} bytes written in {:.2f} s\n", bytes_, taken.count()) +
         causes_.text(line_);
}

ExitStatus DepotReporter::finish() {
  const ExitStatus status = items_.finish();
  if (line_.common.json == JsonMode::none) out_.write(table());
  return status;
}

}  // namespace jireloc::cli
