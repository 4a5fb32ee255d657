// Names from files and depots, made fit for people's terminals.
#pragma once

#include <string>
#include <string_view>

namespace jireloc::cli {

// The bytes with everything escaped that could act on a terminal or mislead a reader: control characters (C0,
// C1), direction marks, line separators and bytes that are no UTF-8 become \n, \t, \r or \xHH; a backslash is
// doubled. So every byte string has one spelling, and the spelling can be reversed.
std::string printable(std::string_view bytes);

// File contents for a terminal: as printable(), but newlines, tabs and backslashes stay.
std::string printable_text(std::string_view bytes);

// Length in bytes of the well-formed UTF-8 character at the start of `bytes`; 0 if there is none.
size_t utf8_length(std::string_view bytes) noexcept;
bool is_utf8(std::string_view bytes) noexcept;

// Columns that a printable string takes on a terminal: one a character, two for East Asian ones and pictures,
// none for accents that stand on the letter before.
size_t columns(std::string_view text) noexcept;

}  // namespace jireloc::cli
