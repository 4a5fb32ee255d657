// A source with splices carried out, part by part where each lies.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "jireloc/payload.hpp"

namespace jireloc::payload {

// Calls `use` with the bytes of spliced_source(source, extent, splices), one part behind the other: nothing
// is copied that is in memory. Throws as that does.
void for_each_part(const ByteSource& source, Extent extent, const std::vector<Splice>& splices,
                   const std::function<void(std::string_view)>& use);

// The bytes of a splice whose checksum is known already.
struct SummedBytes {
  const char* begin = nullptr;
  uint64_t size = 0;
  uint32_t crc = 0;
};

// The CRC-32C of all of it.
uint32_t spliced_checksum(const ByteSource& source, Extent extent, const std::vector<Splice>& splices,
                          const SummedBytes& known = {});

}  // namespace jireloc::payload
