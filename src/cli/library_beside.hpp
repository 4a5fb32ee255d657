// The native library of an image that may have lost it.
#pragma once

#include <memory>
#include <string>

#include "jireloc/image_files.hpp"

namespace jireloc::cli {

// As open_beside; null where it is not there.
std::unique_ptr<ByteSource> open_if_there(const ImageCandidate& candidate, const std::string& library);

}  // namespace jireloc::cli
