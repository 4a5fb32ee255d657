// What include entries tell of the place where an image was compiled.
#include "payload/recorded.hpp"

#include <catch2/catch.hpp>

#include "payload/path_pattern.hpp"
#include "payload/synthetic.hpp"

using namespace jireloc;
using namespace jireloc::payload;

namespace {

CacheFile file_with(const std::vector<std::string>& paths) {
  CacheFile file;
  for (const std::string& path : paths) {
    Dependency dependency;
    dependency.path = path;
    file.dependencies.push_back(dependency);
  }
  return file;
}

using Paths = std::set<std::string>;

}  // namespace

TEST_CASE("An entry below packages/NAME/SLUG tells its depot") {
  CHECK(paths_from_includes(file_with({"/home/u/.julia/packages/X/abcde/src/X.jl"})) ==
        Paths{"/home/u/.julia"});
  CHECK(paths_from_includes(file_with({"/packages/packages/X/abcde/src/X.jl"})) == Paths{"/packages"});
  CHECK(paths_from_includes(file_with({"/d/packages/X/abcde/lib/packages/src/f.jl"})) == Paths{"/d"});
  CHECK(paths_from_includes(file_with({"C:\\d\\packages\\X\\abcde\\src\\X.jl"})) == Paths{"C:\\d"});
  CHECK(paths_from_includes(file_with({"@depot/packages/X/abcde/src/X.jl"})).empty());
  CHECK(paths_from_includes(file_with({std::string("\0/home/packages/X/a/src/X", 25)})).empty());
}

TEST_CASE("An entry outside of packages tells the root of its package") {
  CHECK(paths_from_includes(file_with({"/home/u/dev/X/src/X.jl", "/home/u/dev/X/data/t.csv"})) ==
        Paths{"/home/u/dev/X"});
  CHECK(paths_from_includes(file_with({"/home/u/dev/X/ext/E/E.jl"})) == Paths{"/home/u/dev/X"});
  // A folder that happens to be called packages, with no NAME/SLUG below it.
  CHECK(paths_from_includes(file_with({"/home/packages/X/src.jl"})) == Paths{"/home/packages/X"});
  CHECK(paths_from_includes(file_with({"/d/packages/X/abcde/src/X.jl", "/d/artifacts/0123/deps.jl"})) ==
        Paths{"/d"});
}

TEST_CASE("Only a folder of the very name packages, with name, slug and file below it, belongs to a depot") {
  for (const std::string folder : {"mypackages", "packages2", "PACKAGES", "package"}) {
    CAPTURE(folder);
    const std::string root = "/d/" + folder + "/X/abcde";
    CHECK(paths_from_includes(file_with({root + "/src/X.jl"})) == Paths{root});
    CHECK(depot_relative_part(root + "/src/X.jl").empty());
  }
  CHECK(paths_from_includes(file_with({"/d/dev/packages"})) == Paths{"/d/dev"});  // a file
  CHECK(paths_from_includes(file_with({"/d/dev/X/packages/Y/abcde/"})) == Paths{"/d/dev/X/packages/Y/abcde"});
  CHECK(depot_relative_part("packages/X/abcde/src/X.jl").empty());
  CHECK(depot_relative_part("/d/packages//X///abcde/src/X.jl") == "/packages//X///abcde/src/X.jl");
}

TEST_CASE("A package whose folder's name begins as another's does has a root of its own") {
  CHECK(paths_from_includes(file_with({"/home/u/dev/X/src/X.jl", "/home/u/dev/XY/src/XY.jl"})) ==
        Paths{"/home/u/dev/X", "/home/u/dev/XY"});
  CHECK(paths_from_includes(file_with({"C:\\dev\\X\\src\\X.jl", "C:\\dev\\X\\data\\t.csv"})) ==
        Paths{"C:\\dev\\X"});
}

TEST_CASE("A file directly below a root directory, a drive or a share tells no old path") {
  for (const std::string path : {"/f.jl", "/", "C:\\f.jl", "C:/f.jl", "C:\\", "\\\\f.jl", "\\\\", "//f.jl"}) {
    CAPTURE(path);
    CacheFile file = file_with({path});
    file.source_texts.push_back({path, {0, 0}});
    CHECK(paths_from_includes(file).empty());
    CHECK(landmarks(file).empty());
  }
  CHECK(paths_from_includes(file_with({"/X/f.jl"})) == Paths{"/X"});
  CHECK(paths_from_includes(file_with({"C:\\X\\f.jl"})) == Paths{"C:\\X"});
  CHECK(paths_from_includes(file_with({"C:\\packages\\X\\abcde\\src\\X.jl"})) ==
        Paths{"C:\\packages\\X\\abcde"});
}

TEST_CASE("Whatever is recorded, the old paths told by it can be looked for") {
  // All texts of up to six of these.
  const std::string bytes = "/\\C:px";
  for (int number = 0, count = 6 * 6 * 6 * 6 * 6 * 6; number < count; ++number) {
    std::string path;
    for (int rest = number; rest != 0; rest = (rest - 1) / 6) path += bytes[(rest - 1) % 6];
    CacheFile file = file_with({path});
    file.source_texts.push_back({path, {0, 0}});
    for (const std::string& old_path : paths_from_includes(file)) normalise(old_path, path);
    for (const Landmark& mark : landmarks(file)) PathPattern(mark.path).needle();
  }
  SUCCEED("no path was refused");
}

TEST_CASE("A package that was moved to directly below the root directory is found where it was") {
  const std::string text = "/old/X/src/X.jl";
  test::SyntheticImage image('\x12' + test::word(text.size(), 4) + text, "V11b");
  image.file.dependencies = file_with({"/X/src/X.jl"}).dependencies;
  image.file.source_texts.push_back({"/X/src/X.jl", {0, 0}});
  CHECK(infer_old_paths(image.input()) == std::vector<std::string>{"/X", "/old/X"});
}

TEST_CASE("An entry that is no absolute path tells nothing, not even by what the payload holds") {
  const std::string text = "/old/place/packages/X/abcde/src/X.jl";
  test::SyntheticImage image('\x12' + test::word(text.size(), 4) + text, "V11b");
  image.file.dependencies = file_with({"there/packages/X/abcde/src/X.jl"}).dependencies;
  CHECK(infer_old_paths(image.input()).empty());
}

TEST_CASE("A share or a root directory with a folder packages in it is no depot") {
  CHECK(paths_from_includes(file_with({"\\\\packages\\X\\abcde\\src\\X.jl"})) ==
        Paths{"\\\\packages\\X\\abcde"});
  CHECK(paths_from_includes(file_with({"/packages/X/abcde/src/X.jl"})) == Paths{"/packages/X/abcde"});
}

TEST_CASE("The part of a path behind the depot is the same for both ways to record it") {
  CHECK(depot_relative_part("@depot/packages/X/abcde/src/X.jl") == "/packages/X/abcde/src/X.jl");
  CHECK(depot_relative_part("/home/u/.julia/packages/X/abcde/src/X.jl") == "/packages/X/abcde/src/X.jl");
  CHECK(depot_relative_part("/home/u/dev/X/src/X.jl").empty());
}

TEST_CASE("The old depot is taken from the payload's text before a recorded package's folder") {
  const std::string text = "/old/place/////packages/X/abcde/src/X.jl";
  std::string stream = std::string("\x02") + static_cast<char>(text.size()) + text;
  // Neither another package's folder nor the middle of a longer text tells anything.
  for (const std::string other :
       {"/elsewhere/packages/Y/abcde/src/Y.jl", "see /elsewhere/packages/X/abcde/src/X.jl",
        "/a:/elsewhere/packages/X/abcde/src/X.jl", "relative/packages/X/abcde/src/X.jl"})
    stream += '\x12' + test::word(other.size(), 4) + other;
  test::SyntheticImage image(stream, "V11b");
  image.file.dependencies = file_with({"@depot/packages/X/abcde/src/X.jl"}).dependencies;
  CHECK(infer_old_paths(image.input()) == std::vector<std::string>{"/old/place"});
}

TEST_CASE("A package outside of depots that was moved in its header alone is still found in its payload") {
  const std::string text = "/old/dev/X/src/X.jl";
  test::SyntheticImage image('\x12' + test::word(text.size(), 4) + text, "V11b");
  image.file.dependencies = file_with({"/new/dev/X/src/X.jl"}).dependencies;
  image.file.source_texts.push_back({"/new/dev/X/src/X.jl", {0, 0}});
  CHECK(infer_old_paths(image.input()) == std::vector<std::string>{"/new/dev/X", "/old/dev/X"});
}
