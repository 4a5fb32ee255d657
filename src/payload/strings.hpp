// All Strings of a payload, found by what frames them: a tag and a length.
#pragma once

#include <functional>

#include "payload/regions.hpp"

namespace jireloc::payload {

// A String that holds a '/': where it lies in its file, and its bytes (valid during the call).
using VisitString = std::function<void(Extent text, std::string_view bytes)>;

// Those of a region, in order; none of one that is neither a tag stream (<= 1.8), sysdata (1.9) nor const
// data (1.10 and later). Bytes that look like a String and are none are shown too. Each byte is looked at a
// bounded number of times: throws Error (too_large) for a region that is made to defeat that, and what
// reading throws.
void for_each_string(const Region& region, unsigned pointer_size, const VisitString& visit);

}  // namespace jireloc::payload
