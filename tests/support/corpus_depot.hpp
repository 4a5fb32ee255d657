// Depots made of a folder of the corpus.
#pragma once

#include <string>
#include <vector>

namespace jireloc::test {

// Makes the depot `at` as if Julia had compiled it there: packages of `folder` ("1.5.3-plain") with the times
// of their files, and their images, relocated. `packages`: these alone; empty: all.
void make_depot(const std::string& at, const std::string& folder,
                const std::vector<std::string>& packages = {});

}  // namespace jireloc::test
