#include "payload/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bytes/find.hpp"
#include "bytes/windows.hpp"
#include "jireloc/error.hpp"
#include "payload/pattern_trie.hpp"

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

// Up to so many are looked for one after the other, with vectors.
constexpr size_t kFewPatterns = 4;

template <typename Take>
void find_one(const bytes::Window& window, size_t index, const PathPattern& pattern, const Take& take) {
  const std::string& needle = pattern.needle();
  for (size_t at = bytes::find(window.bytes, needle, window.fresh_begin - window.offset);
       at != std::string_view::npos && window.offset + at < window.fresh_end;
       at = bytes::find(window.bytes, needle, at + 1)) {
    if (const auto begin = pattern.begin_of_match(window.bytes, at))
      take(window, index, *begin, at + needle.size());
  }
}

template <typename Take>
void find_all(const bytes::Window& window, const PatternTrie& trie, const Take& take) {
  const PatternTrie::Found found = [&](size_t index, size_t begin, size_t path_end) {
    take(window, index, begin, path_end);
  };
  const std::string_view bytes = window.bytes.substr(0, window.fresh_end - window.offset);
  const auto next = [bytes](char separator, size_t from) {
    if (from >= bytes.size()) return bytes.npos;
    const void* at = std::memchr(bytes.data() + from, separator, bytes.size() - from);
    return at == nullptr ? bytes.npos : static_cast<size_t>(static_cast<const char*>(at) - bytes.data());
  };
  const size_t begin = std::max<size_t>(window.fresh_begin - window.offset, 1) - 1;
  size_t slash = next('/', begin), backslash = next('\\', begin);
  while (slash != bytes.npos || backslash != bytes.npos) {
    const size_t separator = std::min(slash, backslash);
    if (separator + 1 < bytes.size()) trie.find_at(window.bytes, separator + 1, found);
    size_t& used = separator == slash ? slash : backslash;
    used = next(bytes[separator], separator + 1);
  }
}

}  // namespace

std::vector<RawMatch> search(const ByteSource& source, Extent region, std::span<const PathPattern> patterns) {
  std::vector<RawMatch> matches;
  const auto take = [&](const bytes::Window& window, size_t index, size_t begin, size_t path_end) {
    RawMatch match = match_in(window.bytes, begin, path_end, patterns[index]);
    for (uint64_t* offset : {&match.begin, &match.path_end, &match.run_end}) *offset += window.offset;
    match.pattern = index;
    if (matches.size() == kMostMatches)
      throw Error(ErrorKind::too_large, fmt::format("more than {} places name the old path", kMostMatches),
                  source.name());
    matches.push_back(match);
  };
  if (patterns.size() <= kFewPatterns) {
    bytes::for_each_window(source, region, kContext, [&](const bytes::Window& window) {
      for (size_t index = 0; index < patterns.size(); ++index) find_one(window, index, patterns[index], take);
    });
  } else {
    const PatternTrie trie(patterns);
    bytes::for_each_window(source, region, kContext,
                           [&](const bytes::Window& window) { find_all(window, trie, take); });
  }
  std::sort(matches.begin(), matches.end(), [](const RawMatch& a, const RawMatch& b) {
    return std::tie(a.begin, a.path_end) < std::tie(b.begin, b.path_end);
  });
  return matches;
}

}  // namespace jireloc::payload
