// jireloc rewrite: images for a new place.
#include <deque>

#include "cli/commands.hpp"
#include "cli/image_batch.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/rewrite_options.hpp"
#include "cli/rewrite_report.hpp"
#include "cli/signals.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/temporaries.hpp"

namespace jireloc::cli {
namespace {

constexpr Example examples[] = {
    {"jireloc rewrite --map ~/.julia=/usr/share/julia /usr/share/julia/compiled",
     "after 'mv ~/.julia/* /usr/share/julia': images in place"},
    {"jireloc rewrite --map ~/.julia=/usr/share/julia --output-dir staging ~/.julia/compiled",
     "into another folder, tree kept"},
    {"jireloc rewrite --map /root/.julia=/usr/share/julia --payload-alias auto compiled",
     "a longer new path: a short symbolic link goes into the payload"},
    {"jireloc rewrite --dry-run --json --map /old=/new compiled", "what would happen, for a program to read"},
    {"find . -name '*.ji' -print0 | jireloc rewrite -0 --files-from - --map /old=/new", "a list of files"},
    {"jireloc rewrite --map ~/.julia=/usr/share/julia --keep-path ~/.julia/juliaup /usr/share/julia/compiled",
     "the depot has moved, but the Julia in it has not"},
};

constexpr Option options[] = {
    map_option.row("what lay below OLD lies below NEW; whole components, longest OLD first; may be repeated"),
    {"to", 0, "NEW", "what lay below the depot that an image was compiled in lies below NEW"},
    {"map-from-env", 0, "", "also take maps from BUILD_PATH_PREFIX_MAP (NEW=OLD:..., rightmost first)"},
    {"resolve", 0, "", "a map also matches OLD with its symbolic links resolved"},
    {"output-dir", 'o', "DIR", "write below DIR, the tree kept; default: in place"},
    keep_path_option.row("what lies below PATH stays, whatever a map says; may be repeated"),
    moved_path_option.row("a map of what the code names below OLD: it is taken to be below NEW without a "
                          "look; may be repeated"),
    {"mtime", 0, "POLICY",
     "keep: recorded times stay (default); files: take those of the proven files at their new place", false,
     "keep files"},
    payload_option.row("auto (default), require, header-only, refuse-constants: see src/payload/README.md"),
    payload_alias_option.row(
        "a short symbolic link to NEW, for payloads in which NEW has no room; auto: choose one and make it"),
    alias_folder_row,
    longer_option.row("payloads in which NEW has no room: auto (default), alias, grow, names, leave: see "
                      "src/payload/README.md"),
    spelling_row,
    keep_code_row,
    {"make-alias", 0, "", "create that link where nothing is there"},
    {"depot-relative", 0, "",
     "write paths inside NEW (or a --depot) as @depot/... where the layout knows that"},
    {"force-unproven", 0, "",
     "rewrite images whose sources are not proven to be those they were compiled from"},
    {"experimental", 0, "", "rewrite layouts that were never tried on a real image"},
    {"break-links", 0, "",
     "rewrite files that have hard links outside the inputs, which keep the old content"},
    {"link", 0, "", "with --output-dir: hard-link native libraries that do not change"},
    durability_option.row(
        "full (sync each file), batch (default: one sync before many renames), none (nor is "
        "what was written from memory read back)"),
};

constexpr CommandSpec spec = {
    "rewrite",
    "rewrite images for a new place",
    "PATH...",
    "Rewrites the paths in the headers and payloads of cache files, so that Julia accepts them at a new "
    "place and the code finds its files there. An image is rewritten only if every source that is there is "
    "proven to be the one it was compiled from; each file is replaced whole or not at all.",
    takes_inputs | takes_json | takes_depot | takes_root | takes_shard | takes_dry_run,
    packed<options>,
    packed<examples>};

// Prints outcomes in the order of the inputs, each as soon as it and all before it are settled.
class Reporter {
 public:
  Reporter(const CommandLine& line, Output& out) : line_(line), out_(out), items_(line, out, "images") {}

  void add(RewriteItem item) {
    pending_.push_back(std::move(item));
    flush(false);
  }
  ExitStatus finish(const RewriteOptions& rewrite) {
    flush(true);
    const ExitStatus status = items_.finish();
    if (line_.common.json == JsonMode::none) out_.write(summary_text(summary_, line_.common.dry_run));
    if (!line_.common.quiet) Console::instance().lines(unmatched_maps(summary_, rewrite));
    return status;
  }

 private:
  void flush(bool all) {
    while (!pending_.empty() && (all || !pending_.front().outcome || pending_.front().outcome->settled)) {
      print(pending_.front());
      pending_.pop_front();
    }
  }
  void print(const RewriteItem& item) {
    if (item.outcome) return items_.add(report(line_, *item.outcome, summary_));
    if (item.other.status != ExitStatus::well || line_.common.shard.count > 1)
      summary_.all_looked_into = false;
    items_.add(item.other);
  }

  const CommandLine& line_;
  Output& out_;
  ItemReport items_;
  RewriteSummary summary_;
  std::deque<RewriteItem> pending_;
};

// Where an image goes below --output-dir: what was found in a folder keeps its path below that folder, a
// relative name from a list keeps its own, any other file its last component.
std::string output_of(const CommandLine& line, const ImageCandidate& candidate) {
  std::string_view tail = candidate.path;
  if (candidate.folder != nullptr) {
    tail.remove_prefix(candidate.folder->path.size());
    while (tail.starts_with('/')) tail.remove_prefix(1);
  } else if (!line.common.files_from || tail.starts_with('/') ||
             ("/" + std::string(tail) + "/").find("/../") != std::string::npos) {
    tail = paths::name(tail);
  }
  return paths::normal(tail);
}

ExitStatus finish(BatchRewriter& rewriter) {
  try {
    rewriter.finish();
    return ExitStatus::well;
  } catch (const Error& error) {
    Console::instance().lines(error_line(error));
    return ExitStatus::failed;
  }
}

ExitStatus run(const CommandLine& line, Output& out) {
  const std::unique_ptr<FileView> view = file_view(line.common);
  const BatchOptions batch = rewrite_options(line, *view);
  call_on_interrupt(remove_live_temporaries);
  ImageRun images(line, rewrite_schema, false);
  BatchRewriter rewriter(batch, *view);
  if (batch.in_order) {
    const OrderedImages& ordered = images.order();
    if (batch.output_folder.empty()) rewriter.heed_outside(ordered);
  }
  if (!batch.output_folder.empty())
    images.when_found([&](const ImageCandidate& candidate) {
      rewriter.announce(output_of(line, candidate), candidate.number);
    });
  Reporter reporter(line, out);
  const auto work = [&](const ImageCandidate& candidate, OpenedImage opened) -> RewriteItem {
    if (!in_shard(*opened.source, line.common.shard)) return {};
    return {
        {},
        rewriter.rewrite(std::move(opened), candidate.path, output_of(line, candidate), candidate.number)};
  };
  images.run<RewriteItem>(work, [&](RewriteItem item) { reporter.add(std::move(item)); });
  const ExitStatus finished = finish(rewriter);
  const ExitStatus status = worse(finished, reporter.finish(batch.rewrite));
  images.say_empty_folders();
  return status;
}

}  // namespace

constinit const Command rewrite_command{&spec, run};

}  // namespace jireloc::cli
