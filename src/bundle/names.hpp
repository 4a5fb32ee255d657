// What a bundle may call its files. The one place that says so, for packing and for unpacking.
#pragma once

#include <string>
#include <string_view>

namespace jireloc::bundles {

inline constexpr size_t kLongestPath = 4095;  // PATH_MAX without its NUL

// Why nothing in a bundle may have this path; empty: it may. Allowed are plain components below packages,
// artifacts and compiled, at the depths where a depot has files.
std::string_view refused_name(std::string_view path);

// Why a link of this path may not lead there; empty: it may. The text goes up no further than to the folder
// of its package or artifact, and only at its start: what comes after a name could be reached through another
// link.
std::string_view refused_link(std::string_view path, std::string_view text);

// "packages/Name/SLUG" or "artifacts/SHA1" of what lies in such a tree or is one; empty for anything else.
std::string_view tree_of(std::string_view path);

}  // namespace jireloc::bundles
