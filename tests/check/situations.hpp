// The situations of the corpus' verdicts.json, rebuilt below a folder of ours.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jireloc/check.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::test {

// A depot as it was on the machine that compiled it, below a root: /home/pkgeval/.julia (U), /usr/share/julia
// (G).
class Depot {
 public:
  explicit Depot(const std::string& corpus_folder);
  // Another one like it, without the image of Big, the largest, that nothing needs.
  Depot(const Depot& untouched);
  static constexpr const char* u = "/home/pkgeval/.julia";
  static constexpr const char* g = "/usr/share/julia";

  const std::string& root() const { return root_.path(); }
  std::string actual(const std::string& recorded) const { return root_.path() + recorded; }
  // Recorded path of the (only) image of a package, and of its entry file below a depot.
  std::string image(const std::string& package) const;
  std::string entry(const std::string& package, const std::string& depot = u) const;
  std::string shapes() const { return leaf() + "/src/sub/shapes.jl"; }
  std::string csv() const { return leaf() + "/data/table.csv"; }
  std::string environment() const { return std::string(u) + "/environments/eval"; }

 private:
  std::string leaf() const { return std::string(u) + "/packages/Leaf/YapGN"; }
  TempFolder root_{TempFolder::Where::memory};  // thousands of files
};

// Puts a depot into the situation of that name; false where there is no such name.
bool put_into(Depot& depot, const std::string& situation);
// The entry file that was asked for: usually the image's own.
std::string entry_asked_for(const Depot& depot, const std::string& situation, const std::string& package);

// Judges the image of `package` as `Base.stale_cachefile(entry, image)` does in a session of that
// environment.
ImageReport judge(const Depot& depot, const std::string& package, const std::string& entry,
                  const Prefix& expected);

}  // namespace jireloc::test
