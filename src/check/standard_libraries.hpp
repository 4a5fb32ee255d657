// The packages that come with Julia.
#pragma once

#include <string_view>

#include "jireloc/uuid.hpp"

namespace jireloc::check {

// By name: those of any Julia from 1.0 to 1.14, the library wrappers (…_jll) among them.
bool is_standard_library(std::string_view name) noexcept;

// By name and UUID: one of those, or an extension of one (REPLExt of Pkg, SparseArraysExt of Statistics),
// whatever its name is. Julia ships images of them; which builds, no depot but its own tells.
bool is_shipped(std::string_view name, const Uuid& uuid) noexcept;

}  // namespace jireloc::check
