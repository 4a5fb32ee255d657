#include "cli/report_facts.hpp"

#include "cli/byte_map_picture.hpp"
#include "cli/image_batch.hpp"
#include "cli/library_beside.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/image_files.hpp"
#include "jireloc/in_order.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

void read_header(const CacheFile& file, ImageFacts& facts) {
  constexpr size_t kMostSources = 500;
  facts.layout = file.layout->name;
  for (const Dependency& dependency : file.dependencies)
    if (!dependency.is_require() && ++facts.sources_total <= kMostSources)
      facts.sources.push_back(dependency.path);
  if (file.layout->has_clone_targets())
    for (const CloneTarget& target : decode_clone_targets(file.clone_targets))
      facts.processors.push_back(target.name);
}

void count_payload(const PayloadScan& scan, std::map<std::string, NamedPlace>& places) {
  for (const Occurrence& occurrence : scan.occurrences) {
    if (occurrence.match == Match::other_path) continue;
    NamedPlace& place = places[occurrence.path];
    const auto kind = static_cast<size_t>(occurrence.kind);
    ++place.found[kind];
    if (occurrence.left.empty()) continue;
    ++place.left[kind];
    if (place.why_left.empty()) place.why_left = occurrence.left;
  }
}

std::vector<NamedPlace> named_places(const PayloadInput& input, const PayloadOptions& options,
                                     const std::string& depot) {
  const std::vector<std::string> paths = infer_old_paths(input, options);
  std::map<std::string, NamedPlace> places;
  for (const std::string& path : paths) {
    NamedPlace& place = places[path];
    place.path = path;
    place.is_here = path == depot;
    for (const Dependency& entry : input.file.dependencies)
      place.files += !entry.is_require() && is_path_prefix(path, entry.path);
    for (const SourceText& text : input.file.source_texts) place.sources += is_path_prefix(path, text.path);
  }
  if (!paths.empty()) count_payload(scan_payload(input, paths, options), places);
  std::vector<NamedPlace> list;
  for (auto& [path, place] : places) list.push_back(std::move(place));
  return list;
}

// All source texts are one part: their names are listed elsewhere.
std::vector<BytePart> parts_of_page(std::vector<BytePart> parts) {
  std::vector<BytePart> joined;
  for (BytePart& part : parts) {
    if (part.kind == PartKind::source) part.name = "source texts";
    const bool goes_on = !joined.empty() && part.kind == PartKind::source && joined.back().kind == part.kind;
    if (goes_on)
      joined.back().extent.size += part.extent.size;
    else
      joined.push_back(std::move(part));
  }
  return parts_to_draw(std::move(joined));
}

void look_into_payload(const CheckedImage& image, const CacheFile& file, const ByteSource& source,
                       const CommandLine& line, ImageFacts& facts) {
  std::unique_ptr<ByteSource> library;
  if (file.is_split()) {
    ImageCandidate candidate;
    candidate.path = image.path;
    library = open_if_there(candidate, native_library_path(image.path, file.prefix));
  }
  PayloadCache cache;
  const PayloadInput input{file, source, library.get(), std::nullopt, &cache};
  PayloadOptions options;
  options.max_decompressed = line.common.max_size;
  options.most_texts = 0;
  ByteMap map = byte_map(input, options);
  facts.image = parts_of_page(std::move(map.image));
  facts.library = parts_of_page(std::move(map.library));
  const auto parts = parse_cache_path(image.recorded);
  facts.places = named_places(input, options, parts ? parts->depot : "");
}

// What is wrong with an image is among the reasons of its report: what could be had is kept.
ImageFacts facts_of(const CheckedImage& image, const CommandLine& line, bool payloads) {
  ImageFacts facts;
  try {
    const auto source = open_file(image.path);
    std::optional<Error> damage;
    const ReadDepth depth = payloads ? ReadDepth::all : ReadDepth::header;
    const CacheFile file = read_cache_file(*source, {depth, &damage});
    read_header(file, facts);
    if (payloads && !damage) look_into_payload(image, file, *source, line, facts);
  } catch (const Error&) {
  }
  return facts;
}

}  // namespace

std::map<const CheckedImage*, ImageFacts> image_facts(
    const std::vector<std::unique_ptr<CheckedImage>>& images, const CommandLine& line, bool payloads) {
  std::vector<const CheckedImage*> read;
  for (const auto& image : images)
    if (image->number && !paths::is_compressed_image(image->path)) read.push_back(image.get());
  std::vector<ImageFacts> facts(read.size());
  for_all_by_need(threads_of(line), std::vector<std::vector<size_t>>(read.size()),
                  [&](size_t i) { facts[i] = facts_of(*read[i], line, payloads); });
  std::map<const CheckedImage*, ImageFacts> by_image;
  for (size_t i = 0; i < read.size(); ++i) by_image[read[i]] = std::move(facts[i]);
  return by_image;
}

}  // namespace jireloc::cli
