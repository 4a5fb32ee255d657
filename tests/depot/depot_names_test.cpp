#include "jireloc/depot_names.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace jireloc;
namespace fs = std::filesystem;

namespace {

// Two depots below a folder of its own, with the files that a test puts there.
struct Depots {
  Depots() {
    std::string name = (fs::temp_directory_path() / "jireloc-XXXXXX").string();
    root = ::mkdtemp(name.data());
    fs::create_directories(root / "a");
    fs::create_directories(root / "b");
  }
  ~Depots() { fs::remove_all(root); }
  void put(const std::string& file) const { std::ofstream(root / file) << "x"; }
  std::vector<std::string> list() const { return {(root / "a").string(), (root / "b").string()}; }
  std::string in(const std::string& file) const { return (root / file).string(); }

  fs::path root;
};

// An image with two source files and a data file below @depot, and a source file outside of it.
CacheFile image() {
  CacheFile file;
  for (const char* path : {"@depot/one.jl", "@depot/two.jl", "@depot/data.csv", "/elsewhere/three.jl"}) {
    Dependency dependency;
    dependency.path = path;
    file.dependencies.push_back(dependency);
  }
  for (const char* path : {"@depot/one.jl", "@depot/two.jl", "/elsewhere/three.jl"}) {
    file.source_texts.push_back({path, {}});
  }
  return file;
}

// Of its entries and of its texts; empty: in no depot.
struct Resolved {
  explicit Resolved(const Depots& depots) {
    const CacheFile file = image();
    const std::vector<std::string> list = depots.list();
    const FileView view;
    const DepotNames names(file, list, view);
    for (const Dependency& entry : file.dependencies)
      dependencies.push_back(names.place_of(entry.path, entry.path != "@depot/data.csv").value_or(""));
    for (const SourceText& text : file.source_texts)
      sources.push_back(names.place_of(text.path, true).value_or(""));
  }
  std::vector<std::string> dependencies, sources;
};

}  // namespace

TEST_CASE("source files share the depot that holds them, a missing one too") {
  const Depots depots;
  depots.put("b/one.jl");
  const Resolved names(depots);
  CHECK(names.dependencies[0] == depots.in("b/one.jl"));
  CHECK(names.dependencies[1] == depots.in("b/two.jl"));
  CHECK(names.sources ==
        std::vector<std::string>{depots.in("b/one.jl"), depots.in("b/two.jl"), "/elsewhere/three.jl"});
}

TEST_CASE("source files in two depots are not resolved at all") {
  const Depots depots;
  depots.put("a/one.jl");
  depots.put("b/two.jl");
  const Resolved names(depots);
  CHECK(names.dependencies[0].empty());
  CHECK(names.dependencies[1].empty());
  CHECK(names.sources[0].empty());
  CHECK(names.dependencies[3] == "/elsewhere/three.jl");
}

TEST_CASE("a file without stored text is looked for by itself, the first depot first") {
  const Depots depots;
  depots.put("b/one.jl");
  depots.put("b/data.csv");
  CHECK(Resolved(depots).dependencies[2] == depots.in("b/data.csv"));
  depots.put("a/data.csv");
  CHECK(Resolved(depots).dependencies[2] == depots.in("a/data.csv"));
}

TEST_CASE("a file that lies in no depot has no resolved name") {
  const Depots depots;
  CHECK(Resolved(depots).dependencies[2].empty());
}
