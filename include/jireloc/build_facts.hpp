// How this build of jireloc was made: what a report of a fault should say.
#pragma once

#include <string>
#include <vector>

namespace jireloc {

struct LinkedLibrary {
  std::string name, version;
};

struct BuildFacts {
  std::string compiler;              // "GCC 12.2.0"
  std::string system, architecture;  // "Linux", "x86_64"
  std::string c_library;             // the one in use: "glibc 2.36"
  bool optimized = false;
  std::vector<std::string> sanitizers;   // "address", "thread"
  std::vector<LinkedLibrary> libraries;  // by name
};

BuildFacts build_facts();

}  // namespace jireloc
