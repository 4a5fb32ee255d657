// Which environments Julia asks, and what of theirs it reads, version by version.
#include <catch2/catch.hpp>

#include "jireloc/environment.hpp"
#include "jireloc/layout.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* entry = "[[Leaf]]\nuuid = \"1eaf0000-0000-4000-8000-000000000001\"\n";

// A project in ws/one and one in ws/two/deep, both named by the workspace ws.
struct Workspace {
  Workspace() {
    test::write_file(temp / "ws/Project.toml", "[workspace]\nprojects = [\"one\", \"two/deep\"]\n");
    test::write_file(temp / "ws/Manifest.toml", entry);
    for (const char* member : {"ws/one", "ws/two/deep", "ws/three"})
      test::write_file(temp / member + "/Project.toml", "");
  }
  bool is_member(const std::string& project, const std::string& version, const std::string& home = {}) const {
    const Environment environment = read_environment(temp / project, version, FileView(), home);
    REQUIRE(environment.workspaces.size() == environment.manifest.has_value());
    return environment.manifest && environment.manifest->path == temp / "ws/Manifest.toml";
  }
  TempFolder temp;
};

}  // namespace

TEST_CASE("workspaces came with 1.12, and members further down with 1.12.2") {
  const Workspace workspace;
  for (const char* version : {"1.5.3", "1.11.7", "1.12.0", "1.12.1", "1.12.2", "1.13.0-rc1", "1.14.0-DEV"}) {
    INFO(version);
    const JuliaVersion parsed = JuliaVersion::parse(version);
    CHECK(workspace.is_member("ws/one", version) == (parsed >= JuliaVersion{1, 12, 0, ""}));
    CHECK(workspace.is_member("ws/two/deep", version) == (parsed >= JuliaVersion{1, 12, 2, ""}));
    CHECK_FALSE(workspace.is_member("ws/three", version));
  }
  CHECK_FALSE(workspace.is_member("ws/two/deep", "1.12.5", workspace.temp / "ws/two"));
  CHECK(workspace.is_member("ws/two/deep", "1.12.5", workspace.temp.path()));
  CHECK_FALSE(workspace.is_member("ws/one", ""));
}

TEST_CASE("a workspace in a workspace has the manifest of the outer one, and both sets of preferences") {
  const Workspace workspace;
  test::write_file(workspace.temp / "Project.toml", "[workspace]\nprojects = [\"ws\"]\n");
  test::write_file(workspace.temp / "Manifest.toml", entry);
  const Environment one = read_environment(workspace.temp / "ws/one", "1.12.5", FileView());
  REQUIRE(one.workspaces.size() == 2);
  CHECK(one.workspaces[0].directory == workspace.temp / "ws");
  CHECK(one.workspaces[1].directory == workspace.temp.path());
  REQUIRE(one.manifest);
  CHECK(one.manifest->path == workspace.temp / "Manifest.toml");
}

TEST_CASE("up to 1.5 nothing stands in for a manifest that the project names and that is not there") {
  const TempFolder temp;
  test::write_file(temp / "Project.toml", "manifest = \"missing.toml\"\n");
  test::write_file(temp / "Manifest.toml", entry);
  CHECK_FALSE(read_environment(temp.path(), "1.5.3", FileView()).manifest);
  CHECK(read_environment(temp.path(), "1.6.0", FileView()).manifest);
}

TEST_CASE("a manifest without a project is none of Julia's: the folder is one of packages") {
  const TempFolder temp;
  test::write_file(temp / "Manifest.toml", entry);
  const Environment environment = read_environment(temp.path(), "1.12.5", FileView());
  CHECK(environment.is_package_folder);
  CHECK_FALSE(environment.manifest);
}

TEST_CASE("an empty element of a load path is Julia's default one, and repeated elements count once") {
  CHECK(split_load_path("").empty());
  CHECK(split_load_path(":") == Texts{"@", "@v#.#", "@stdlib"});
  CHECK(split_load_path("/a:") == Texts{"/a", "@", "@v#.#", "@stdlib"});
  CHECK(split_load_path(":/a:@stdlib:/a") == Texts{"@", "@v#.#", "@stdlib", "/a"});
}

TEST_CASE("elements of a load path are expanded as Julia does") {
  const TempFolder temp;
  for (const char* name : {"first/environments/v1.12", "second/environments/v1.12",
                           "second/environments/v1.12.5", "second/environments/script", "work"})
    test::write_file(temp / name + "/Project.toml", "");
  test::write_file(temp / "second/environments/v1.12/JuliaProject.toml", "");
  test::write_file(temp / "work/below/file", "");
  LoadPathOptions options{"1.12.5",
                          {temp / "none", temp / "second", temp / "first"},
                          "/julia/stdlib",
                          "/active",
                          temp / "work/below",
                          "/home/me"};
  const auto expand = [&](const char* element) {
    return expand_load_path_element(element, options, FileView()).value_or("nothing");
  };
  CHECK(expand("@") == "/active");
  CHECK(expand("@.") == temp / "work/Project.toml");
  CHECK(expand("@stdlib") == "/julia/stdlib");
  CHECK(expand("@v#.#") == temp / "second/environments/v1.12/JuliaProject.toml");
  CHECK(expand("@v#.#.#") == temp / "second/environments/v1.12.5/Project.toml");
  CHECK(expand("@none") == "nothing");
  CHECK(expand("@script") == "nothing");
  CHECK(expand("~/x//") == "/home/me/x");
  CHECK(expand("x") == temp / "work/below/x");
  options.julia_version = "1.10.8";
  CHECK(expand("@script") == temp / "second/environments/script/Project.toml");
  options.home = temp / "work/below";
  CHECK(expand("@.") == "nothing");
  options.julia_version.clear();
  CHECK(expand("@v#.#") == "nothing");
}

TEST_CASE("an environment that cannot be read stays in the load path, with its problem") {
  const TempFolder temp;
  test::write_file(temp / "good/Project.toml", "");
  test::write_file(temp / "bad/Project.toml", "= =");
  test::write_file(temp / "file.toml", "");
  const LoadPath load_path = read_load_path(
      {temp / "bad", temp / "good", temp / "nowhere", temp / "file.toml", "@none", temp / "good"}, {},
      FileView());
  REQUIRE(load_path.environments.size() == 2);
  REQUIRE(load_path.environments[0].problem);
  CHECK(load_path.environments[0].problem->kind() == ErrorKind::io);
  CHECK_FALSE(load_path.environments[1].problem);
  CHECK(load_path.absent == Texts{temp / "nowhere", temp / "file.toml"});
}
