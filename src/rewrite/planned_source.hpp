// An image as a plan will make it, readable before it is written.
#pragma once

#include <memory>

#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

// The bytes of the new .ji with its new file checksum. The so-crc word is that of the planned library.
// `image` and `plan` must outlive it.
std::unique_ptr<ByteSource> planned_source(const ImagePair& image, const RewritePlan& plan, std::string name);

}  // namespace jireloc::rewriting
