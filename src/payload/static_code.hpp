// Compiled and inferred code in a static-data payload.
#pragma once

#include <optional>
#include <vector>

#include "payload/static_image.hpp"

namespace jireloc::payload {

// The words that say up to which world each CodeInstance is valid; zero in it makes Julia compile the
// function again when it is called. Nothing where more than one kind of object looks like a CodeInstance, so
// that it cannot be told; empty where there is no code.
std::optional<std::vector<uint64_t>> find_static_code(const StaticImage& image);

}  // namespace jireloc::payload
