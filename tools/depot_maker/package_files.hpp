// The files of one package, on disk and in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "depot_maker/plan.hpp"
#include "jireloc/tree_hash.hpp"

namespace depot_maker {

// Program text to cut sources from.
class TextPool {
 public:
  explicit TextPool(Random& random);
  // About `size` bytes that begin and end with a line.
  std::string_view cut(uint64_t size, Random& random) const;

 private:
  std::string text_;
};

struct RecordedFile {
  std::string path;  // relative to the package's folder
  std::string text;
  double mtime = 0;       // as base/stat.jl computes it
  bool stored = true;     // its text is in the image; else it was named by include_dependency
  std::string submodule;  // that includes it; empty: the package's own
};

struct PackageFiles {
  std::string folder;  // packages/NAME/SLUG, below the depot
  jireloc::Sha1 tree{};
  std::vector<RecordedFile> recorded;  // the entry file first
  uint64_t files = 0, bytes = 0;       // all that were written
};

// Writes DEPOT/packages/NAME/SLUG: sources with times to the nanosecond, Project.toml, tests and papers that
// no image records. The recorded texts have `text_budget` bytes in all, or a little more. `names`: the
// packages that it needs, for Project.toml.
PackageFiles write_package(const std::string& depot, const PackagePlan& plan, uint64_t text_budget,
                           const std::vector<const PackagePlan*>& dependencies, const TextPool& pool,
                           Random& random);

// Creates a file; its folder must be there.
void write_file(const std::string& path, std::string_view text);

}  // namespace depot_maker
