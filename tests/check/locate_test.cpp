#include <catch2/catch.hpp>

#include "jireloc/check.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

namespace {

constexpr const char* uuid_text = "1eaf0000-0000-4000-8000-000000000001";
const ModuleId leaf{"Leaf", *Uuid::parse(uuid_text)};
const JuliaVersion v1_12 = JuliaVersion::parse("1.12.5");

struct Project {
  explicit Project(const std::string& manifest, const std::string& project = "") {
    test::write_file(temp / "env/Manifest.toml", manifest);
    test::write_file(temp / "env/Project.toml", project);
    context.view = &view;
    context.depots = {temp / "depot"};
    context.load_path = load_path_of(read_environment(temp / "env", "1.12.5", view));
  }
  TempFolder temp;
  FileView view;
  CheckContext context;
};

std::string entry(const std::string& fields) {
  return std::string("[[Leaf]]\nuuid = \"") + uuid_text + "\"\n" + fields;
}

}  // namespace

TEST_CASE("an entry with a path is found relative to the manifest") {
  Project project(entry("path = \"../dev/Leaf\"\n"));
  CHECK(locate_source(leaf, v1_12, project.context) == "");
  test::write_file(project.temp / "dev/Leaf/src/Leaf.jl", "");
  CHECK(locate_source(leaf, v1_12, project.context) == project.temp / "dev/Leaf/src/Leaf.jl");
}

TEST_CASE("an entry's path may be the file itself, or name another entry file") {
  Project file(entry("path = \"Leaf.jl\"\n"));
  test::write_file(file.temp / "env/Leaf.jl", "");
  CHECK(locate_source(leaf, v1_12, file.context) == file.temp / "env/Leaf.jl");
  Project named(entry("path = \"dev\"\nentryfile = \"lib/main.jl\"\n"));
  test::write_file(named.temp / "env/dev/lib/main.jl", "");
  CHECK(locate_source(leaf, v1_12, named.context) == named.temp / "env/dev/lib/main.jl");
}

TEST_CASE("an entry with a tree is found below packages by its slug") {
  const std::string tree = "0123456789abcdef0123456789abcdef01234567";
  Project project(entry("git-tree-sha1 = \"" + tree + "\"\n"));
  const std::string folder =
      project.temp / "depot/packages/Leaf/" + version_slug(leaf.uuid, *parse_sha1(tree));
  test::write_file(folder + "/src/Leaf.jl", "");
  CHECK(locate_source(leaf, v1_12, project.context) == folder + "/src/Leaf.jl");
}

TEST_CASE("the project itself is found beside its project file") {
  Project project("", std::string("name = \"Leaf\"\nuuid = \"") + uuid_text + "\"\n");
  test::write_file(project.temp / "env/src/Leaf.jl", "");
  CHECK(locate_source(leaf, v1_12, project.context) == project.temp / "env/src/Leaf.jl");
}

namespace {

// As Julia 1.12.5 names the extension MidPrefsExt of Mid.
const ModuleId extension{"MidPrefsExt", *Uuid::parse("2af0f04e-0118-5193-8f25-14f779e163a3")};
const std::string mid = "uuid = \"a1d00000-0000-4000-8000-000000000002\"\n";
const std::string prefs = "Prefs = \"94ef5000-0000-4000-8000-000000000004\"\n";
const std::string mid_entry =
    "[[Mid]]\npath = \"dev\"\n" + mid + "weakdeps = [\"Prefs\"]\n[Mid.extensions]\nMidPrefsExt = \"Prefs\"\n";
const std::string prefs_entry =
    "[[Prefs]]\npath = \"other\"\nuuid = \"94ef5000-0000-4000-8000-000000000004\"\n";

}  // namespace

TEST_CASE("an extension is found beside its parent's sources") {
  Project project(mid_entry + prefs_entry);
  test::write_file(project.temp / "env/dev/src/Mid.jl", "");
  test::write_file(project.temp / "env/dev/ext/MidPrefsExt.jl", "");
  CHECK(locate_source(extension, v1_12, project.context) == project.temp / "env/dev/ext/MidPrefsExt.jl");
  const std::string own = project.temp / "env/dev/ext/MidPrefsExt/MidPrefsExt.jl";
  test::write_file(own, "");
  CHECK(locate_source(extension, v1_12, project.context) == own);
  CHECK_FALSE(locate_source({"MidPrefsExt", Uuid{4, 4}}, v1_12, project.context));
}

TEST_CASE("an extension of the project itself is found beside its project file") {
  Project project(prefs_entry, "name = \"Mid\"\n" + mid + "[weakdeps]\n" + prefs +
                                   "[extensions]\nMidPrefsExt = [\"Prefs\"]\n");
  test::write_file(project.temp / "env/ext/MidPrefsExt.jl", "");
  CHECK(locate_source(extension, v1_12, project.context) == project.temp / "env/ext/MidPrefsExt.jl");
}

TEST_CASE("nobody asks for an extension one of whose triggers no environment has") {
  Project project(mid_entry);
  test::write_file(project.temp / "env/dev/src/Mid.jl", "");
  test::write_file(project.temp / "env/dev/ext/MidPrefsExt.jl", "");
  CHECK_FALSE(locate_source(extension, v1_12, project.context));
}

TEST_CASE("a package that is in no depot ends the search since 1.9, and is asked of the next before") {
  const std::string tree = "0123456789abcdef0123456789abcdef01234567";
  Project project(entry("git-tree-sha1 = \"" + tree + "\"\n"));
  test::write_file(project.temp / "next/Project.toml", "");
  test::write_file(project.temp / "next/Manifest.toml", entry("path = \"dev\"\n"));
  test::write_file(project.temp / "next/dev/src/Leaf.jl", "");
  project.context.load_path = std::make_shared<LoadPath>(
      read_load_path({project.temp / "env", project.temp / "next"}, {}, project.view));
  CHECK(locate_source(leaf, v1_12, project.context) == "");
  CHECK(locate_source(leaf, JuliaVersion::parse("1.9.0"), project.context) == "");
  CHECK(locate_source(leaf, JuliaVersion::parse("1.8.5"), project.context) ==
        project.temp / "next/dev/src/Leaf.jl");
  project.context.load_path =
      std::make_shared<LoadPath>(read_load_path({project.temp / "env"}, {}, project.view));
  CHECK(locate_source(leaf, JuliaVersion::parse("1.8.5"), project.context) == "");
}

TEST_CASE("in a folder of packages a file alone hides the folders up to 1.11, and comes last since") {
  TempFolder temp;
  FileView view;
  CheckContext context;
  context.view = &view;
  test::write_file(temp / "all/Leaf/Project.toml",
                   std::string("name = \"Leaf\"\nuuid = \"") + uuid_text + "\"\n");
  test::write_file(temp / "all/Leaf/src/Leaf.jl", "");
  context.load_path = std::make_shared<LoadPath>(read_load_path({temp / "all"}, {}, view));
  CHECK(locate_source(leaf, JuliaVersion::parse("1.11.7"), context) == temp / "all/Leaf/src/Leaf.jl");
  CHECK_FALSE(locate_source({"Leaf", Uuid{9, 9}}, v1_12, context));
  test::write_file(temp / "all/Leaf.jl", "");
  CHECK_FALSE(locate_source(leaf, JuliaVersion::parse("1.11.7"), context));
  CHECK(locate_source(leaf, v1_12, context) == temp / "all/Leaf/src/Leaf.jl");
}

TEST_CASE("a package that no manifest knows is not located, and a named source wins over all") {
  Project project(entry("path = \"dev\"\n"));
  CHECK_FALSE(locate_source({"Other", Uuid{9, 9}}, v1_12, project.context));
  project.context.source_for["Other"] = "/x/Other.jl";
  CHECK(locate_source({"Other", Uuid{9, 9}}, v1_12, project.context) == "/x/Other.jl");
}

TEST_CASE("an entry without path and tree is a standard library, found where those are known to be") {
  Project project(entry(""));
  CHECK_FALSE(locate_source(leaf, v1_12, project.context));
  project.context.expected.stdlib = project.temp / "stdlib/v1.12";
  CHECK(locate_source(leaf, v1_12, project.context) == "");
  const std::string file = project.temp / "stdlib/v1.12/Leaf/src/Leaf.jl";
  test::write_file(file, "");
  CHECK(locate_source(leaf, v1_12, project.context) == file);
}
