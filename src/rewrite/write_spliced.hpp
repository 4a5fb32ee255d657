// Writing of files some of whose bytes have become others, of another length.
#pragma once

#include <string_view>
#include <vector>

#include "bytes/transaction.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::rewriting {

// `head`, what the splices make of the extent, and `tail`, behind what is in the file.
void write_spliced(std::string_view head, const ByteSource& source, Extent extent,
                   const std::vector<Splice>& splices, std::string_view tail, NewFile& out);

// A whole library; where the splices leave pages of zeros, they are holes.
void write_library_spliced(const ByteSource& library, const std::vector<Splice>& splices, NewFile& out);

}  // namespace jireloc::rewriting
