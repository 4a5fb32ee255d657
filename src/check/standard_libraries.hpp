// The packages that come with Julia.
#pragma once

#include <string_view>

namespace jireloc::check {

// By name: those of any Julia from 1.0 to 1.14, the library wrappers (…_jll) among them.
bool is_standard_library(std::string_view name) noexcept;

}  // namespace jireloc::check
