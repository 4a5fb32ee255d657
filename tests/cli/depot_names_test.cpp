#include "cli/depot_names.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace jireloc;
using namespace jireloc::cli;
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

ResolvedNames resolved(const Depots& depots) {
  return resolve_names(image(), {true, true, false, true}, depots.list(), FileView());
}

}  // namespace

TEST_CASE("source files share the depot that holds them, a missing one too") {
  const Depots depots;
  depots.put("b/one.jl");
  const ResolvedNames names = resolved(depots);
  CHECK(names.dependencies[0] == depots.in("b/one.jl"));
  CHECK(names.dependencies[1] == depots.in("b/two.jl"));
  CHECK(names.sources ==
        std::vector<std::string>{depots.in("b/one.jl"), depots.in("b/two.jl"), "/elsewhere/three.jl"});
}

TEST_CASE("source files in two depots are not resolved at all") {
  const Depots depots;
  depots.put("a/one.jl");
  depots.put("b/two.jl");
  const ResolvedNames names = resolved(depots);
  CHECK(names.dependencies[0].empty());
  CHECK(names.dependencies[1].empty());
  CHECK(names.sources[0].empty());
  CHECK(names.dependencies[3] == "/elsewhere/three.jl");
}

TEST_CASE("a file without stored text is looked for by itself, the first depot first") {
  const Depots depots;
  depots.put("b/one.jl");
  depots.put("b/data.csv");
  CHECK(resolved(depots).dependencies[2] == depots.in("b/data.csv"));
  depots.put("a/data.csv");
  CHECK(resolved(depots).dependencies[2] == depots.in("a/data.csv"));
}

TEST_CASE("a file that lies in no depot has no resolved name") {
  const Depots depots;
  CHECK(resolved(depots).dependencies[2].empty());
}

TEST_CASE(
    "without a depot path nothing is resolved, and its empty elements follow the version of the image") {
  CacheFile file = image();
  file.prefix.version = "1.12.5";
  Common common;
  CHECK_FALSE(depots_for(common, file).has_value());
  common.depot = "/one:/two";
  CHECK(depots_for(common, file) == std::vector<std::string>{"/one", "/two"});
}
