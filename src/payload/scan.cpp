#include "payload/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jireloc/error.hpp"
#include "payload/text_runs.hpp"

namespace jireloc::payload {
namespace {

// Which occurrences come with their text: a payload that is nothing but old paths would give a multiple of
// itself.
class TextAllowance {
 public:
  explicit TextAllowance(uint64_t most) : most_(most) {}
  bool take(OccurrenceKind kind, Match match) {
    return given_[static_cast<size_t>(kind)][static_cast<size_t>(match)]++ < most_;
  }

 private:
  const uint64_t most_;
  std::array<std::array<uint64_t, 3>, kOccurrenceKinds> given_{};
};

// Tells of the places of one region, in their order.
class Describer {
 public:
  Describer(const Region& region, std::span<const PathPattern> patterns, const RecordedSources& recorded,
            TextAllowance& texts)
      : patterns_(patterns),
        recorded_(recorded),
        texts_(texts),
        reader_(*region.source, region.extent),
        runs_(*region.source, region.extent, kMaxOccurrenceText) {}

  Occurrence describe(const Located& place) {
    Occurrence occurrence;
    const Extent match{place.match.begin, place.match.run_end - place.match.begin};
    const Extent text = place.frame ? place.frame->text : runs_.around(match);
    occurrence.file = place.region->file;
    occurrence.section = place.region->name;
    occurrence.offset = match.offset;
    occurrence.size = match.size;
    occurrence.run = place.match.run_end - place.match.path_end;
    if (occurrence.run != 0) occurrence.run_separator = reader_.view(place.match.path_end, 1)[0];
    occurrence.match = place.certainty;
    occurrence.path = patterns_[place.match.pattern].path();
    occurrence.text_offset = text.offset;
    occurrence.text_size = text.size;
    occurrence.kind = kind_of(place);
    if (texts_.take(occurrence.kind, occurrence.match)) occurrence.text = head_of(text);
    occurrence.left = why_left(place);
    return occurrence;
  }

 private:
  std::string_view head_of(Extent text) {
    return reader_.view(text.offset, std::min(text.size, kMaxOccurrenceText));
  }

  OccurrenceKind kind_of(const Located& place) {
    if (!place.frame)
      return place.region->kind == RegionKind::debug_info ? OccurrenceKind::debug_info
                                                          : OccurrenceKind::unclassified;
    if (place.frame->kind == FrameKind::symbol) return OccurrenceKind::source_location;
    if (place.match.begin != place.frame->text.offset) return OccurrenceKind::path_constant;
    const std::string_view text = head_of(place.frame->text);
    const std::string_view behind =
        text.substr(std::min<uint64_t>(text.size(), place.match.path_end - place.frame->text.offset));
    return recorded_.names_one(text, behind) ? OccurrenceKind::recorded_source
                                             : OccurrenceKind::path_constant;
  }

  static std::string why_left(const Located& place) {
    if (place.certainty == Match::other_path)
      return fmt::format("it is part of another path: {}", place.why_not);
    if (place.certainty == Match::unclear)
      return fmt::format("it is not certain that the path begins and ends here: {}", place.why_not);
    return place.region->untouchable;
  }

  std::span<const PathPattern> patterns_;
  const RecordedSources& recorded_;
  TextAllowance& texts_;
  bytes::RandomReader reader_;
  TextRuns runs_;
};

PayloadSummary summarise(const PayloadScan& scan, bool looked_into) {
  const auto counts = scan.counts();
  const auto count = [&](OccurrenceKind kind) { return counts[static_cast<size_t>(kind)]; };
  if (count(OccurrenceKind::path_constant) + count(OccurrenceKind::unclassified) != 0)
    return PayloadSummary::path_constants;
  if (!looked_into) return PayloadSummary::unknown;
  if (count(OccurrenceKind::recorded_source) != 0) return PayloadSummary::recorded_sources;
  if (count(OccurrenceKind::source_location) + count(OccurrenceKind::debug_info) != 0)
    return PayloadSummary::source_locations_only;
  return PayloadSummary::clean;
}

// No depot lies deeper, and what is looked for costs its length where a payload repeats it.
constexpr uint64_t kLongestInferred = 1024;

// An absolute path, and not the head of a longer text.
bool is_one_path(std::string_view text) {
  if (!text.starts_with('/') && !is_windows_path(text)) return false;
  return text.find_first_of("\n\t\"':;,", is_windows_path(text) ? 2 : 0) == std::string_view::npos &&
         collapse_separators(text).size() > 1;
}

// The path that stands before a landmark in its Symbol or String; normalised.
std::optional<std::string> path_before(const Located& landmark, bytes::RandomReader& reader) {
  if (!landmark.frame) return std::nullopt;
  const uint64_t begin = landmark.frame->text.offset;
  const uint64_t size = landmark.match.begin - begin;
  if (size == 0 || size > kLongestInferred) return std::nullopt;
  const std::string before(reader.view(begin, size));
  if (!is_one_path(before)) return std::nullopt;
  return normalise(before, "the old path");
}

}  // namespace

std::vector<PathPattern> patterns_of(std::span<const std::string> paths) {
  std::vector<std::string> normal;
  for (const std::string& path : paths) normal.push_back(normalise(path, "the old path"));
  std::sort(normal.begin(), normal.end());
  normal.erase(std::unique(normal.begin(), normal.end()), normal.end());
  return {normal.begin(), normal.end()};
}

PayloadScan scan_open(const OpenPayload& open, const CacheFile& file, std::span<const PathPattern> patterns,
                      const PayloadOptions& options) {
  PayloadScan scan;
  for (const PathPattern& pattern : patterns) scan.paths.push_back(pattern.path());
  scan.obstacle = open.obstacle;
  scan.decompressed = open.decompressed;
  scan.structure_only = open.structure_only;
  scan.notes = open.notes;
  const RecordedSources recorded(file);
  TextAllowance texts(options.most_texts);
  for (const Region& region : open.regions) {
    Describer describer(region, patterns, recorded, texts);
    const bool unpacked = open.packed && open.place && region.source == open.place->source;
    for (const Located& place : locate(region, open.pointer_size, patterns)) {
      scan.occurrences.push_back(describer.describe(place));
      scan.occurrences.back().unpacked = unpacked;
    }
  }
  scan.summary = summarise(scan, open.place.has_value());
  return scan;
}

namespace {

std::set<std::string> look_for_places(const OpenPayload& open, const CacheFile& file) {
  std::set<std::string> paths = paths_from_includes(file);
  const std::vector<Landmark> marks = landmarks(file);
  std::vector<PathPattern> patterns;
  patterns.reserve(marks.size());
  for (const Landmark& mark : marks) patterns.emplace_back(mark.path);
  if (patterns.empty()) return paths;
  for (const Region& region : open.regions) {
    // Only what a frame holds tells where a path begins.
    if (region.kind == RegionKind::debug_info || region.kind == RegionKind::other) continue;
    bytes::RandomReader reader(*region.source, region.extent);
    for (const Located& place : locate(region, open.pointer_size, patterns)) {
      const auto before = path_before(place, reader);
      if (before) paths.insert(*before + marks[place.match.pattern].kept);
    }
  }
  return paths;
}

}  // namespace

const std::set<std::string>& recorded_places(const OpenPayload& open, const CacheFile& file) {
  if (!open.recorded_places) open.recorded_places = look_for_places(open, file);
  return *open.recorded_places;
}

}  // namespace jireloc::payload

namespace jireloc {

PayloadScan scan_payload(const PayloadInput& input, std::span<const std::string> paths,
                         const PayloadOptions& options) {
  const auto patterns = payload::patterns_of(paths);
  const payload::Opened open(input, options);
  return payload::scan_open(*open, input.file, patterns, options);
}

void check_old_paths(std::span<const std::string> paths) {
  payload::patterns_of(paths);
}

std::vector<std::string> infer_old_paths(const PayloadInput& input, const PayloadOptions& options) {
  // Without landmarks the payload is not looked into.
  if (payload::landmarks(input.file).empty()) {
    const std::set<std::string> paths = payload::paths_from_includes(input.file);
    return {paths.begin(), paths.end()};
  }
  const payload::Opened open(input, options);
  const std::set<std::string>& paths = payload::recorded_places(*open, input.file);
  return {paths.begin(), paths.end()};
}

}  // namespace jireloc
