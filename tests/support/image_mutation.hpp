// Changes to a cache file that keep it well-formed: a field is changed, then lengths, positions and checksums
// are mended, so that what lies behind them is reached.
#pragma once

#include <string>
#include <string_view>

#include "support/chooser.hpp"

namespace jireloc::test {

// A changed image, or nothing (an empty string) where `bytes` are no cache file.
std::string mutate_image(std::string_view bytes, Chooser& choose);

// Writes the checksum of all but the last four bytes there.
void mend_file_crc(std::string& bytes);

}  // namespace jireloc::test
