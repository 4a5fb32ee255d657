#include "payload/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bytes/find.hpp"
#include "bytes/windows.hpp"
#include "jireloc/error.hpp"

namespace jireloc::payload {
namespace {

// Shown on both sides of a window; a match that needs more is not seen.
constexpr uint64_t kContext = 16 << 10;
constexpr size_t kMostMatches = 1'000'000;

RawMatch match_in(std::string_view bytes, size_t begin, size_t path_end, const PathPattern& pattern) {
  RawMatch match;
  match.begin = begin;
  match.path_end = match.run_end = path_end;
  while (match.run_end < bytes.size() && pattern.is_separator(bytes[match.run_end])) ++match.run_end;
  return match;
}

}  // namespace

std::vector<RawMatch> search(const ByteSource& source, Extent region, std::span<const PathPattern> patterns) {
  std::map<std::string, std::vector<size_t>> patterns_of;  // by what is searched for
  for (size_t k = 0; k < patterns.size(); ++k) patterns_of[patterns[k].needle()].push_back(k);

  std::vector<RawMatch> matches;
  const auto take = [&](const bytes::Window& window, size_t at, size_t index) {
    const PathPattern& pattern = patterns[index];
    const auto begin = pattern.begin_of_match(window.bytes, at);
    if (!begin) return;
    RawMatch match = match_in(window.bytes, *begin, at + pattern.needle().size(), pattern);
    for (uint64_t* offset : {&match.begin, &match.path_end, &match.run_end}) *offset += window.offset;
    match.pattern = index;
    if (matches.size() == kMostMatches)
      throw Error(ErrorKind::too_large, fmt::format("more than {} places name the old path", kMostMatches),
                  source.name());
    matches.push_back(match);
  };

  bytes::for_each_window(source, region, kContext, [&](const bytes::Window& window) {
    for (const auto& [needle, indices] : patterns_of) {
      for (size_t at = bytes::find(window.bytes, needle, window.fresh_begin - window.offset);
           at != std::string_view::npos && window.offset + at < window.fresh_end;
           at = bytes::find(window.bytes, needle, at + 1)) {
        for (const size_t index : indices) take(window, at, index);
      }
    }
  });
  std::sort(matches.begin(), matches.end(), [](const RawMatch& a, const RawMatch& b) {
    return std::tie(a.begin, a.path_end) < std::tie(b.begin, b.path_end);
  });
  return matches;
}

}  // namespace jireloc::payload
