// Depots made of a folder of the corpus.
#pragma once

#include <string>
#include <vector>

namespace jireloc::test {

// Unpacks packages of `folder` ("1.5.3-plain") below `depot`, with the times of their files. `packages`:
// these alone; empty: all.
void unpack_packages(const std::string& folder, const std::string& depot,
                     const std::vector<std::string>& packages = {});

// Copies their images, as Julia compiled them elsewhere, and their native libraries.
void copy_images(const std::string& folder, const std::string& depot,
                 const std::vector<std::string>& packages = {});

// Makes the depot `at` as if Julia had compiled it there: the same packages, and
// their images relocated.
void make_depot(const std::string& at, const std::string& folder,
                const std::vector<std::string>& packages = {});

}  // namespace jireloc::test
