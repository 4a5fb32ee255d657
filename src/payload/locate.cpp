#include "payload/locate.hpp"

#include <algorithm>

#include "base/work.hpp"
#include "payload/boundaries.hpp"
#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

constexpr size_t kBetweenLooksAtTheClock = 1024;

class Locator {
 public:
  Locator(const Region& region, unsigned pointer_size, std::span<const PathPattern> patterns)
      : region_(region),
        patterns_(patterns),
        reader_(*region.source, region.extent),
        stream_(*region.source, region.extent),
        strings_(*region.source, region.extent, region.payload_begin, pointer_size,
                 region.kind == RegionKind::sysdata ? StringTags::system_image_reference : StringTags::small),
        symbols_(*region.source, region.extent) {}

  std::vector<Located> all() {
    std::vector<Located> places;
    for (const RawMatch& match : search(*region_.source, region_.extent, patterns_)) {
      places.push_back(judge(match));
      if (places.size() % kBetweenLooksAtTheClock == 0) spend_time(region_.source->name());
    }
    return without_overlaps(std::move(places));
  }

 private:
  Located judge(RawMatch match) {
    Located place{&region_, match, frame_of(own_extent(match)), Match::path, {}};
    // The frame is known now: what it cuts off does not belong to the path.
    if (place.frame) {
      place.match.begin = std::max(match.begin, place.frame->text.offset);
      place.match.run_end = std::min(match.run_end, place.frame->text.end());
    }
    leave_scheme_alone(place);
    judge_begin(place);
    if (place.certainty == Match::path) judge_end(place);
    return place;
  }

  // A path of one component takes all separators before it. But the byte before a short symbol of a stream is
  // its length, and looks like one where that is 47: the frame is that of the path and its own separator.
  Extent own_extent(const RawMatch& match) const {
    const PathPattern& pattern = patterns_[match.pattern];
    const uint64_t size = match.path_end - match.begin;
    const uint64_t own = pattern.is_one_component() ? std::min<uint64_t>(pattern.path().size(), size) : size;
    return {match.path_end - own, own};
  }

  std::optional<Frame> frame_of(Extent place) {
    switch (region_.kind) {
      case RegionKind::stream:
        return stream_.find(place);
      case RegionKind::sysdata:
      case RegionKind::const_data:
        return strings_.find(place);
      case RegionKind::symbols:
        return symbols_.find(place);
      case RegionKind::debug_info:
      case RegionKind::other:
        return std::nullopt;
    }
    return std::nullopt;
  }

  uint64_t text_begin(const Located& place) const {
    return place.frame ? place.frame->text.offset : region_.extent.offset;
  }
  uint64_t text_end(const Located& place) const {
    return place.frame ? place.frame->text.end() : region_.extent.end();
  }

  bool follows(const Located& place, uint64_t at, std::string_view what) {
    return at - text_begin(place) >= what.size() && reader_.view(at - what.size(), what.size()) == what;
  }

  // A path of one component takes the separators before it; those of "file://" are not its own.
  void leave_scheme_alone(Located& place) {
    constexpr std::string_view kSlashes = "//";
    if (follows(place, place.match.begin, "file:") &&
        reader_.view(place.match.begin, kSlashes.size()) == kSlashes)
      place.match.begin += kSlashes.size();
  }

  void judge_begin(Located& place) {
    const uint64_t begin = place.match.begin;
    const uint64_t size = std::min<uint64_t>(begin - text_begin(place), kBoundaryContext);
    take(payload::judge_begin(reader_.view(begin - size, size)), place);
  }

  void judge_end(Located& place) {
    const RawMatch& match = place.match;
    if (match.run_end > match.path_end) return;
    const uint64_t size = std::min<uint64_t>(text_end(place) - match.path_end, kBoundaryContext);
    take(payload::judge_end(reader_.view(match.path_end, size)), place);
  }

  static void take(Boundary boundary, Located& place) {
    place.certainty = boundary.certainty;
    place.why_not = std::move(boundary.why_not);
  }

  static bool overlap(const Located& a, const Located& b) {
    return a.match.begin < b.match.path_end && b.match.begin < a.match.path_end;
  }

  static std::vector<Located> without_overlaps(std::vector<Located> places) {
    // Certain ones first, longest first; then by place.
    std::stable_sort(places.begin(), places.end(), [](const Located& a, const Located& b) {
      const auto rank = [](const Located& place) { return place.certainty == Match::path ? 0 : 1; };
      return std::tuple(a.match.begin, rank(a), b.match.path_end) <
             std::tuple(b.match.begin, rank(b), a.match.path_end);
    });
    std::vector<Located> kept;
    for (Located& place : places) {
      while (!kept.empty() && overlap(kept.back(), place) && kept.back().certainty != Match::path &&
             place.certainty == Match::path)
        kept.pop_back();
      if (kept.empty() || !overlap(kept.back(), place)) kept.push_back(std::move(place));
    }
    return kept;
  }

  const Region& region_;
  std::span<const PathPattern> patterns_;
  bytes::RandomReader reader_;
  StreamFrames stream_;
  StringFrames strings_;
  SymbolFrames symbols_;
};

}  // namespace

std::vector<Located> locate(const Region& region, unsigned pointer_size,
                            std::span<const PathPattern> patterns) {
  return Locator(region, pointer_size, patterns).all();
}

}  // namespace jireloc::payload
