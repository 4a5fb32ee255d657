#include <catch2/catch.hpp>

#include "jireloc/depot.hpp"
#include "jireloc/environment.hpp"
#include "support/corpus.hpp"
#include "support/corpus_depot.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {
const Uuid leaf = *Uuid::parse("1eaf0000-0000-4000-8000-000000000001");
}

TEST_CASE("a slug emits the least significant character first") {
  CHECK(slug(0, 5) == "AAAAA");
  CHECK(slug(61, 2) == "9A");
  CHECK(slug(62, 2) == "AB");
  CHECK(slug(0xffffffff, 5) == "DMPpq");
}

TEST_CASE("a package's slug is that of the UUID's number") {
  CHECK(package_slug(leaf) == "D4iCS");
}

TEST_CASE("every package folder of the corpus has the slug of its UUID and tree hash") {
  const test::TempFolder temp;
  test::unpack_packages("1.10.8-plain", temp.path());
  int folders = 0;
  for (const auto& name : std::filesystem::directory_iterator(temp / "packages")) {
    for (const auto& folder : std::filesystem::directory_iterator(name.path())) {
      INFO(folder.path());
      const auto project = read_project_of(folder.path().string(), FileView());
      REQUIRE(project);
      REQUIRE(project->uuid);
      const TreeHash tree = tree_hash(folder.path().string());
      CHECK(version_slug(*project->uuid, tree.hash) == folder.path().filename().string());
      CHECK(version_slug(*project->uuid, tree.hash, 4) == folder.path().filename().string().substr(0, 4));
      ++folders;
    }
  }
  CHECK(folders == 5);
}

TEST_CASE("the path of a cache file tells depot, version, package and slugs") {
  const auto path = parse_cache_path("/home/a/compiled/depot/compiled/v1.10/Leaf/D4iCS_pIMK3.ji");
  REQUIRE(path);
  CHECK(path->depot == "/home/a/compiled/depot");
  CHECK(path->version == "v1.10");
  CHECK(path->package == "Leaf");
  CHECK(path->package_slug == "D4iCS");
  CHECK(path->config_slug == "pIMK3");
}

TEST_CASE("cache files of old versions and of packages without a UUID are recognised") {
  const auto old = parse_cache_path("compiled/v1.0/Leaf/D4iCS.ji");
  REQUIRE(old);
  CHECK(old->depot.empty());
  CHECK(old->package_slug == "D4iCS");
  CHECK(old->config_slug.empty());
  const auto plain = parse_cache_path("/d/compiled/v1.5/Leaf.ji");
  REQUIRE(plain);
  CHECK(plain->package == "Leaf");
  CHECK(plain->package_slug.empty());
}

TEST_CASE("other paths are no cache files") {
  for (const char* path :
       {"/d/compiled/v1.5", "/d/compiled/v1.5/Leaf/toolong.ji", "/d/packages/Leaf/D4iCS/src/Leaf.jl",
        "/d/compiled/x/Leaf/D4iCS_a.ji", "/d/compiled/v1.5/Leaf/D4iCS_a/more.ji", ""}) {
    INFO(path);
    CHECK_FALSE(parse_cache_path(path));
  }
}

TEST_CASE("an unset depot path is the user's depot and the two bundled ones in every version") {
  const DepotPathOptions options{"/home/a", "/usr/bin"};
  const std::vector<std::string> expected = {"/home/a/.julia", "/usr/local/share/julia", "/usr/share/julia"};
  for (const char* version : {"1.0.0", "1.5.3", "1.10.8", "1.12.5"}) {
    CHECK(expand_depot_path(std::nullopt, JuliaVersion::parse(version), options) == expected);
  }
}

TEST_CASE("an empty element of the depot path means what each Julia takes it for") {
  const DepotPathOptions options{"/home/a", "/usr/bin"};
  const auto expand = [&](const char* text, const char* version) {
    return expand_depot_path(text, JuliaVersion::parse(version), options);
  };
  using List = std::vector<std::string>;
  CHECK(expand("/x:", "1.1.1") == List{"/x", ""});
  CHECK(expand("/x:", "1.10.8") ==
        List{"/x", "/home/a/.julia", "/usr/local/share/julia", "/usr/share/julia"});
  CHECK(expand("/x:", "1.11.0") == List{"/x", "/usr/local/share/julia", "/usr/share/julia"});
  CHECK(expand(":/x", "1.11.0") ==
        List{"/home/a/.julia", "/usr/local/share/julia", "/usr/share/julia", "/x"});
  CHECK(expand("/x::~/d:/x", "1.12.5") ==
        List{"/x", "/usr/local/share/julia", "/usr/share/julia", "/home/a/d"});
  CHECK(expand("", "1.5.3").empty());
  CHECK(expand("", "1.12.5").empty());
}

TEST_CASE("a recorded @depot path is resolved to the first depot that holds it") {
  const test::TempFolder temp;
  test::write_file(temp / "b/packages/x", "");
  test::write_file(temp / "c/packages/x", "");
  const std::vector<std::string> depots = {temp / "a", temp / "b/", temp / "c"};
  CHECK(find_depot("@depot/packages/x", depots, FileView()) == temp / "b/");
  CHECK(restore_depot_path("@depot/packages/x", temp / "b/") == temp / "b/packages/x");
  CHECK_FALSE(find_depot("@depot/packages/y", depots, FileView()));
  CHECK_FALSE(find_depot("@depot-rc/packages/x", depots, FileView()));
}

TEST_CASE(
    "a package folder is looked for by slug length first and depot second, short slugs first up to 1.6") {
  const test::TempFolder temp;
  const Sha1 tree = *parse_sha1("0123456789abcdef0123456789abcdef01234567");
  const std::string with5 = "/packages/Leaf/" + version_slug(leaf, tree, 5);
  const std::string with4 = "/packages/Leaf/" + version_slug(leaf, tree, 4);
  test::make_folders(temp / "a" + with5);
  test::make_folders(temp / "b" + with4);
  const std::vector<std::string> depots = {temp / "a", temp / "b"};
  const auto find = [&](const char* version) {
    return find_package_folder("Leaf", leaf, tree, depots, JuliaVersion::parse(version), FileView());
  };
  CHECK(find("1.6.7") == temp / "b" + with4);
  CHECK(find("1.7.0") == temp / "a" + with5);
}

TEST_CASE("a path in a package folder tells the folder, its package and slug") {
  const auto folder = package_folder_of("@depot/packages/Leaf/YapGN/src/packages/x.jl");
  REQUIRE(folder);
  CHECK(folder->folder == "@depot/packages/Leaf/YapGN");
  CHECK(folder->name == "Leaf");
  CHECK(folder->slug == "YapGN");
  CHECK_FALSE(package_folder_of("/home/a/dev/Leaf/src/Leaf.jl"));
  CHECK_FALSE(package_folder_of("/d/packages/Leaf/YapGN"));
}
