// Choosing among the layouts that share a format number.
#pragma once

#include <string_view>
#include <vector>

#include "jireloc/layout.hpp"

namespace jireloc::format {

bool is_known_format(uint16_t number) noexcept;

// The layouts that a file with this format number and Julia version may have; more than one where only the
// structure can tell (ji-format 1.3), none where the pair is not known. Throws Error (bad_value) for a
// version text that is none.
std::vector<const Layout*> candidates(uint16_t number, std::string_view version_text);

}  // namespace jireloc::format
