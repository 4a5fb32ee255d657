#include <catch2/catch.hpp>

#include "jireloc/check.hpp"
#include "support/temp_dir.hpp"

using namespace jireloc;
using jireloc::test::TempDir;

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
    context.environment = std::make_shared<Environment>(read_environment(temp / "env", "1.12.5", view));
  }
  TempDir temp;
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

TEST_CASE("an extension is found beside its parent's sources") {
  Project project(entry("path = \"dev\"\nweakdeps = [\"Other\"]\n[Leaf.extensions]\nLeafExt = \"Other\"\n"));
  test::write_file(project.temp / "env/dev/src/Leaf.jl", "");
  const ModuleId extension{"LeafExt", Uuid{4, 4}};
  test::write_file(project.temp / "env/dev/ext/LeafExt.jl", "");
  CHECK(locate_source(extension, v1_12, project.context) == project.temp / "env/dev/ext/LeafExt.jl");
  test::write_file(project.temp / "env/dev/ext/LeafExt/LeafExt.jl", "");
  CHECK(locate_source(extension, v1_12, project.context) == project.temp / "env/dev/ext/LeafExt/LeafExt.jl");
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
