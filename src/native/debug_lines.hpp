// The names of files in an ELF library's line tables (.debug_line), where they get longer.
#pragma once

#include <string>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "native/library.hpp"

namespace jireloc::native {

struct LongerLines {
  Extent old_section;          // .debug_line, in the file
  std::string section;         // as it will be
  std::vector<Splice> mended;  // in .debug_info, of equal length: where each unit says its table begins
};

// `names`: what becomes of texts in .debug_line; sorted, each within a name of a directory or a file. DWARF 2
// to 4 of 32-bit offsets, as LLVM writes it for Julia. Throws Error (unsupported) for what it does not know,
// and for damaged tables bad_value, truncated.
LongerLines lengthen_lines(const ByteSource& library, const Library& described, std::vector<Splice> names);

}  // namespace jireloc::native
