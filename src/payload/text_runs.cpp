#include "payload/text_runs.hpp"

#include <algorithm>

#include "payload/text.hpp"

namespace jireloc::payload {

uint64_t TextRuns::begin_of(uint64_t at) {
  const uint64_t lowest = at - std::min(most_, at - before_.bounds().offset);
  uint64_t begin = at;
  while (begin > lowest && begin != asked_ && is_text_byte(before_.byte(begin - 1))) --begin;
  if (begin == asked_) begin = std::max(lowest, begin_);
  asked_ = at;
  return begin_ = begin;
}

uint64_t TextRuns::end_of(uint64_t at) {
  const uint64_t highest = at + std::min(most_, behind_.bounds().end() - at);
  if (at < from_ || at > to_) from_ = to_ = at;
  while (to_ < highest && is_text_byte(behind_.byte(to_))) ++to_;
  return std::min(to_, highest);
}

}  // namespace jireloc::payload
