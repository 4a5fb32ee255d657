// What lies in a folder, by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jireloc::cli {

// Sorted by bytes, "." and ".." left out; nothing where `folder` cannot be opened. Names behind one that
// cannot be read are missing.
std::optional<std::vector<std::string>> names_in_folder(const std::string& folder);

}  // namespace jireloc::cli
