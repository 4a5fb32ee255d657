// `jireloc inspect`: what cache files say of themselves.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <unordered_set>

#include "cli/byte_map_picture.hpp"
#include "cli/commands.hpp"
#include "cli/extract.hpp"
#include "cli/image_batch.hpp"
#include "cli/inspect_unknown.hpp"
#include "cli/inspection.hpp"
#include "cli/library_beside.hpp"
#include "cli/places.hpp"
#include "cli/source_output.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/depot_names.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::cli {
namespace {

constexpr Option options[] = {
    {"header", 0, "", "read the header alone: quick, but no source texts, digest or checksums"},
    {"section", 0, "NAME[,NAME]",
     "show only these: header, modules, deps, required, preferences, targets, sources, offsets", false,
     "header modules deps required preferences targets sources offsets"},
    {"source", 0, "[FILE]",
     "list the stored source texts; with FILE print the text of that name (or of the only name that ends so)",
     true},
    {"extract", 0, "DIR", "write the stored source texts below DIR; never outside of it"},
    {"verify", 0, "", "hold the native library beside a split image against what the image says of it"},
    {"map-svg", 0, "",
     "draw where the bytes of one image, and of its native library, lie: an SVG for a browser"},
};

constexpr Example examples[] = {
    {"jireloc inspect ~/.julia/compiled/v1.10/Example", "everything that the images of Example say"},
    {"jireloc inspect --header --json ~/.julia/compiled",
     "the headers of all images, one JSON object a line"},
    {"jireloc inspect --section deps --depot ~/.julia:/usr/share/julia image.ji",
     "its files, with @depot resolved as Julia would"},
    {"jireloc inspect --source=src/Example.jl image.ji", "the source text that it was compiled from"},
    {"find . -name '*.ji' -print0 | jireloc inspect -0 --files-from - --verify",
     "checksums of many, libraries included"},
    {"jireloc inspect --header layer.jlb.tar.zst", "the images that a bundle holds"},
    {"jireloc inspect --map-svg image.ji > image.svg", "a picture of what it consists of"},
};

constexpr CommandSpec spec = {
    "inspect",
    "show what cache files say of themselves",
    "PATH...",
    "Shows the contents of cache files: versions, modules, files and packages they depend on, preferences, "
    "native targets, stored source texts, and whether their checksums hold. PATHs are cache files (.ji, or "
    ".ji.zst), folders that are searched for them, or bundles (see pack), read in one pass. Names are shown "
    "as recorded; control characters and "
    "bytes that are no UTF-8 appear as \\n, \\t, \\r or \\xHH, a backslash as two.",
    takes_inputs | takes_json | takes_depot | takes_root | takes_max_size,
    packed<options>,
    packed<examples>};

constexpr std::pair<std::string_view, unsigned> section_names[] = {
    {"header", section_header},     {"modules", section_modules},         {"deps", section_dependencies},
    {"required", section_required}, {"preferences", section_preferences}, {"targets", section_targets},
    {"sources", section_sources},   {"offsets", section_offsets}};

unsigned parse_sections(std::string_view text) {
  unsigned sections = 0;
  for (const std::string_view name : paths::split(text, ','))
    for (const auto& [known, bit] : section_names) sections |= known == name ? bit : 0;
  return sections;
}

// What the options ask for.
struct Request {
  explicit Request(const CommandLine& command_line);
  ItemOutput inspect(const ImageCandidate& candidate, const ByteSource& source);

  const CommandLine& line;
  bool header_only, verify;
  unsigned sections = all_sections;
  std::string source_name;  // --source=FILE
  std::atomic<uint64_t> sources_printed{0};
  std::unique_ptr<ExtractionFolder> extraction;
  std::unique_ptr<FileView> view;

 private:
  ItemOutput inspect_known(const ImageCandidate& candidate, const ByteSource& source);
  void resolve(Inspection& inspection) const;
};

Request::Request(const CommandLine& command_line)
    : line(command_line),
      header_only(line.has("header")),
      verify(line.has("verify")),
      source_name(line.get("source")),
      view(file_view(line.common)) {
  const bool wants_sources = line.has("source") || line.has("extract");
  if (header_only && (wants_sources || verify)) {
    throw Error(ErrorKind::usage, "--header leaves out what --source, --extract and --verify look at");
  }
  if (line.has("section")) {
    sections = parse_sections(line.get("section"));
  } else if (wants_sources) {
    sections = section_sources;
  }
  if (line.has("extract")) extraction = std::make_unique<ExtractionFolder>(line.get("extract"));
}

std::vector<bool> which_have_text(const CacheFile& file) {
  std::unordered_set<std::string_view> stored;
  for (const SourceText& source : file.source_texts) stored.insert(source.path);
  std::vector<bool> has_text;
  has_text.reserve(file.dependencies.size());
  for (const Dependency& entry : file.dependencies) has_text.push_back(stored.contains(entry.path));
  return has_text;
}

Inspection look_at(const ImageCandidate& candidate, const ByteSource& source, bool header_only) {
  Inspection inspection;
  inspection.path = paths::absolute(candidate.path);
  inspection.header_only = header_only;
  const ReadDepth depth = header_only ? ReadDepth::header : ReadDepth::all;
  inspection.file = read_cache_file(source, {depth, &inspection.tail_problem});
  if (!header_only) {
    try {
      inspection.checksums = verify_checksums(inspection.file, source, {.digest = true});
    } catch (const Error& error) {
      if (!inspection.tail_problem) inspection.tail_problem = error;
    }
  }
  if (!header_only && !inspection.tail_problem) inspection.has_text = which_have_text(inspection.file);
  try {
    inspection.targets = decode_clone_targets(inspection.file.clone_targets);
  } catch (const Error& error) {
    inspection.targets_problem = Error(error.kind(), "clone targets: " + error.message(), inspection.path);
  }
  return inspection;
}

// --depot (or JULIA_DEPOT_PATH) as the Julia that wrote the image expands it; its bundled depots are not
// known.
void Request::resolve(Inspection& inspection) const {
  const CacheFile& file = inspection.file;
  if (!line.common.depot) return;
  const auto depots = expanded_depots(line.common.depot, JuliaVersion::parse(file.prefix.version));
  const DepotNames names(file, depots, *view);
  auto& entries = inspection.resolved_dependencies.emplace();
  for (size_t i = 0; i < file.dependencies.size(); ++i) {
    const Dependency& entry = file.dependencies[i];
    const bool has_text = i < inspection.has_text.size() && inspection.has_text[i];
    entries.push_back(entry.is_require() ? "" : names.place_of(entry.path, has_text).value_or(""));
  }
  auto& sources = inspection.resolved_sources.emplace();
  for (const SourceText& source : file.source_texts)
    sources.push_back(names.place_of(source.path, true).value_or(""));
}

ItemOutput Request::inspect(const ImageCandidate& candidate, const ByteSource& source) {
  try {
    return inspect_known(candidate, source);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unknown_format || !source_name.empty()) throw;
    ItemOutput output{line.common.json != JsonMode::none ? unknown_format_json(candidate.path, source, error)
                                                         : unknown_format_text(candidate.path, source),
                      {},
                      ExitStatus::failed};
    output.diagnostics = error_line(error.in_file(candidate.path));
    return output;
  }
}

ItemOutput Request::inspect_known(const ImageCandidate& candidate, const ByteSource& source) {
  Inspection inspection = look_at(candidate, source, header_only);
  resolve(inspection);
  ItemOutput output;
  if (!source_name.empty()) {
    if (inspection.tail_problem) throw Error(*inspection.tail_problem);
    std::optional<std::string> text = source_output(inspection, source_name, line.common.json);
    if (!text) return output;
    ++sources_printed;
    output.text = std::move(*text);
    return output;
  }
  if (verify && inspection.file.is_split()) {
    const std::string library = native_library_path(candidate.path, inspection.file.prefix);
    inspection.native = check_native_library(
        inspection.file, library, [&] { return open_beside(candidate, library); }, line.common.max_size);
  }
  if (extraction && !inspection.tail_problem) inspection.extracted_to = extraction->extract(inspection.file);
  const std::vector<Error> problems = inspection.problems();
  for (const Error& problem : problems) output.diagnostics += error_line(problem.in_file(candidate.path));
  if (!problems.empty()) output.status = ExitStatus::findings;
  if (inspection.tail_problem) output.status = ExitStatus::failed;
  output.text = line.common.json != JsonMode::none ? inspection_json(inspection, sections, line.common)
                                                   : inspection_text(inspection, sections, line.common.color);
  return output;
}

ItemOutput draw(const CommandLine& line, const ImageCandidate& candidate, const ByteSource& source) {
  const CacheFile file = read_cache_file(source);
  const std::string library_path = native_library_path(candidate.path, file.prefix);
  std::unique_ptr<ByteSource> library;
  if (file.is_split()) library = open_if_there(candidate, library_path);
  PayloadOptions limits;
  limits.max_decompressed = line.common.max_size;
  const ByteMap map = byte_map({file, source, library.get()}, limits);
  return {byte_map_svg(map, candidate.path, library_path)};
}

// --map-svg: a file holds one picture.
ExitStatus draw_map(const CommandLine& line, Output& out) {
  for (const auto option : {"header", "section", "source", "extract", "verify"})
    if (line.has(option))
      usage_error(fmt::format("--map-svg draws a picture: it cannot go with --{}", option));
  if (line.common.json != JsonMode::none) usage_error("--map-svg draws a picture: it cannot go with --json");
  ImageRun images(line, inspect_schema, true);
  std::atomic<uint64_t> drawn{0};
  std::vector<ItemOutput> results;
  images.run<ItemOutput>(
      [&](const ImageCandidate& candidate, const OpenedImage& opened) {
        return drawn++ == 0 ? draw(line, candidate, *opened.source) : ItemOutput{};
      },
      [&](ItemOutput output) { results.push_back(std::move(output)); });
  if (drawn > 1) usage_error(fmt::format("--map-svg draws one image, and {} were found", drawn.load()));
  ItemReport report(line, out, "images");
  for (const ItemOutput& output : results) report.add(output);
  images.say_empty_folders();
  return report.finish();
}

ExitStatus run(const CommandLine& line, Output& out) {
  if (line.has("map-svg")) return draw_map(line, out);
  Request request(line);
  const auto work = [&](const ImageCandidate& candidate, const ByteSource& source) {
    return request.inspect(candidate, source);
  };
  const ExitStatus status = run_images(line, out, {inspect_schema, true, false, work});
  if (request.source_name.empty() || request.sources_printed != 0) return status;
  Console::instance().lines(message_line({}, "no image holds a source text named " + request.source_name));
  return ExitStatus::failed;
}

}  // namespace

constinit const Command inspect_command{&spec, run};

}  // namespace jireloc::cli
