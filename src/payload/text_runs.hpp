// What looks like text around a place that nothing frames.
#pragma once

#include "bytes/windows.hpp"

namespace jireloc::payload {

// To be asked with ascending places: what one of them has found is not looked at again for the next.
class TextRuns {
 public:
  // Reaches at most `most` bytes to either side.
  TextRuns(const ByteSource& source, Extent region, uint64_t most)
      : before_(source, region), behind_(source, region), most_(most) {}
  Extent around(Extent place) { return {begin_of(place.offset), end_of(place.end()) - begin_}; }

 private:
  uint64_t begin_of(uint64_t at);
  uint64_t end_of(uint64_t at);

  bytes::RandomReader before_, behind_;
  const uint64_t most_;
  uint64_t asked_ = UINT64_MAX, begin_ = 0;  // text is [begin_, asked_)
  uint64_t from_ = UINT64_MAX, to_ = 0;      // text is [from_, to_)
};

}  // namespace jireloc::payload
