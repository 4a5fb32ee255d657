// What a bundle lists of a depot's files, digests aside.
#pragma once

#include <string>
#include <vector>

#include "bytes/file_io.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

// What belongs to a package or artifact: what its tree hash speaks of, and the folders on the way there.
// Throws Error: io, conflict (something went meanwhile), unsupported (no bundle can hold it).
std::vector<BundleFile> list_tree(FileSystem& system, const Folder& depot, const std::string& tree);
// A file by its path in the depot. Throws the same.
BundleFile list_file(FileSystem& system, const Folder& depot, const std::string& path);

}  // namespace jireloc::bundles
