// Names that get shorter, written without spare separators where they lie in a static-data payload (1.9 and
// later), so that `String(method.file)` begins with `pkgdir(M)` again. Nothing else moves: the size of every
// section stays, what becomes free is filled so that the way back finds it.
#pragma once

#include <set>
#include <vector>

#include "payload/grown_text.hpp"

namespace jireloc::payload {

struct ExactTexts {
  std::vector<BytePatch> patches;  // of the file that holds the payload
  std::set<uint64_t> settled;      // offsets of the texts that they write; the others cannot be written so
};

// `texts`: offsets of Symbols and of Strings that name recorded sources, with the occurrences in them.
// Symbols (jl_read_symbols, src/staticdata.c: found by number, read up to the section's end) are written
// anew, all or none; a Symbol of our own at their end takes what is left. A String's length word is changed,
// and its object stays where it is; not in 1.9, where Strings lie between other objects, nor where a
// SubString shows a part of it. All of them fit also where they have been written so before and get their old
// length back.
ExactTexts write_exactly(const OpenPayload& open, const std::vector<Occurrence>& occurrences,
                         const std::set<uint64_t>& texts, const Targets& targets);

}  // namespace jireloc::payload
