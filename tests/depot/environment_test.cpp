#include "jireloc/environment.hpp"

#include <catch2/catch.hpp>

#include "jireloc/error.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

namespace {

std::string message_of(const std::string& toml) {
  try {
    parse_toml(toml, "test.toml");
  } catch (const Error& error) {
    return error.message();
  }
  throw std::runtime_error("no error");
}

ErrorKind kind_of(const std::string& toml) {
  try {
    parse_toml(toml, "test.toml");
  } catch (const Error& error) {
    return error.kind();
  }
  throw std::runtime_error("no error");
}

std::string repeat(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

const Uuid mid = *Uuid::parse("2a1d0000-0000-4000-8000-000000000002");
const Uuid leaf = *Uuid::parse("1eaf0000-0000-4000-8000-000000000001");

}  // namespace

TEST_CASE("a project tells its package and the UUIDs of its dependencies") {
  const ProjectFile project = parse_project(
      "name = \"Mid\"\nuuid = \"2a1d0000-0000-4000-8000-000000000002\"\n"
      "[deps]\nLeaf = \"1eaf0000-0000-4000-8000-000000000001\"\n[preferences.Mid]\nx = 1\n",
      "Project.toml");
  CHECK(project.name == "Mid");
  CHECK(project.uuid == mid);
  CHECK(project.deps.at("Leaf") == leaf);
  CHECK(project.preferences.at("Mid").text() == "{\"x\" = 1}");
}

TEST_CASE("manifests of formats 1 and 2 give the same entries") {
  const std::string entries =
      "{0}.Leaf]]\ngit-tree-sha1 = \"0123456789abcdef0123456789abcdef01234567\"\n"
      "uuid = \"1eaf0000-0000-4000-8000-000000000001\"\n"
      "{0}.Mid]]\ndeps = [\"Leaf\"]\npath = \"../Mid\"\nuuid = \"2a1d0000-0000-4000-8000-000000000002\"\n";
  std::string first = entries, second = entries;
  for (size_t at; (at = first.find("{0}.")) != std::string::npos;) first.replace(at, 4, "[[");
  for (size_t at; (at = second.find("{0}.")) != std::string::npos;) second.replace(at, 4, "[[deps.");
  for (const std::string& text :
       {first, "julia_version = \"1.12.5\"\nmanifest_format = \"2.0\"\n" + second}) {
    const Manifest manifest = parse_manifest(text, "Manifest.toml");
    REQUIRE(manifest.entries.size() == 2);
    REQUIRE(manifest.find(leaf));
    CHECK(sha1_text(*manifest.find(leaf)->tree) == "0123456789abcdef0123456789abcdef01234567");
    CHECK(manifest.find(mid)->path == "../Mid");
    CHECK(manifest.dependency(mid, "Leaf") == leaf);
    CHECK_FALSE(manifest.dependency(leaf, "Mid"));
  }
}

TEST_CASE("Julia's own names win over the plain ones in an environment folder") {
  const TempFolder temp;
  test::write_file(temp / "Project.toml", "name = \"plain\"\n");
  test::write_file(temp / "JuliaProject.toml", "name = \"julia\"\n");
  test::write_file(temp / "Manifest.toml", "[[Leaf]]\nuuid = \"1eaf0000-0000-4000-8000-000000000001\"\n");
  test::write_file(temp / "Manifest-v1.12.toml", "");
  test::write_file(temp / "LocalPreferences.toml", "[Leaf]\na = 1\n");
  test::write_file(temp / "JuliaLocalPreferences.toml", "[Leaf]\na = 2\n");
  const Environment old = read_environment(temp.path(), "1.10.0", FileView());
  CHECK(old.project->name == "julia");
  CHECK(old.manifest->path == temp / "Manifest.toml");
  CHECK(old.preferences.at("Leaf").text() == "{\"a\" = 2}");
  CHECK(read_environment(temp.path(), "1.12.5", FileView()).manifest->path == temp / "Manifest-v1.12.toml");
}

TEST_CASE("local preferences are merged over the project's, and __clear__ drops names first") {
  const TomlTable base = parse_toml("[P]\na = 1\nb = 2\n[P.t]\nx = 1\ny = 2\n", "a");
  const TomlTable over = parse_toml("[P]\n__clear__ = [\"b\"]\nc = 3\n[P.t]\ny = 3\n", "b");
  const TomlTable merged = merge_preferences(base, over);
  const auto& p = std::get<TomlTable>(merged.at("P").value);
  CHECK(p.at("a").text() == "1");
  CHECK_FALSE(p.contains("b"));
  CHECK(p.at("c").text() == "3");
  CHECK(p.at("t").text() == "{\"x\" = 1, \"y\" = 3}");
}

TEST_CASE("values of different types are never the same preference, and NaN is the same as itself") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(TomlValue{int64_t{1}} == TomlValue{1.0});
  CHECK_FALSE(TomlValue{true} == TomlValue{int64_t{1}});
  CHECK_FALSE(TomlValue{int64_t{3}} == TomlValue{std::string("3")});
  CHECK(TomlValue{TomlArray{{int64_t{3}}}} == TomlValue{TomlArray{{int64_t{3}}}});
  CHECK(TomlValue{nan} == TomlValue{nan});
  CHECK_FALSE(TomlValue{0.0} == TomlValue{-0.0});
}

TEST_CASE("TOML that nests without bound is refused before it can exhaust the stack") {
  CHECK(kind_of("a = " + repeat("[", 100000)) == ErrorKind::too_large);
  CHECK(kind_of(repeat("a.", 100000) + "a = 1") == ErrorKind::too_large);
  CHECK(kind_of("[" + repeat("a.", 100000) + "a]") == ErrorKind::too_large);
  CHECK(kind_of("a = " + repeat("{a.b=", 1000)) == ErrorKind::too_large);
  CHECK(kind_of("a = ") == ErrorKind::bad_value);
  CHECK(kind_of(std::string((16u << 20) + 1, '\n')) == ErrorKind::too_large);
}

TEST_CASE("a project file of more nodes or bytes than any package has is refused before it is parsed") {
  const auto kind = [](const std::string& text) {
    try {
      parse_project(text, "Project.toml");
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::usage;
  };
  std::string keys;
  for (int k = 0; k < 30'000; ++k) keys += "a" + std::to_string(k) + ".b.c=1\n";
  CHECK(kind(keys + keys) == ErrorKind::too_large);
  CHECK(kind(keys) == ErrorKind::usage);
  CHECK(kind("# " + std::string(1 << 20, 'x')) == ErrorKind::too_large);
  CHECK_NOTHROW(parse_manifest("# " + std::string(1 << 20, 'x'), "Manifest.toml"));
}

TEST_CASE("brackets and dots inside strings and comments do not count as nesting") {
  const std::string many = repeat("[.", 200);
  const TomlTable table = parse_toml("# " + many + "\na = \"" + many + "\\\"" + many + "\"\nb = '''\n" +
                                         many + "\n'''\nc = '" + many + "'\nd = \"\"\"" + many + "\"\"\"\n",
                                     "test.toml");
  CHECK(table.size() == 4);
}

TEST_CASE("a letter that is not ASCII outside of strings and comments is refused where it stands") {
  // toml++ takes its having seen all such letters for granted there, which is undefined behaviour.
  for (const std::string letter : {"\xC9\x87", "\xC3\xA9", "\xE2\x80\xA8", "\xF0\x9F\x98\x80", "\xFF"}) {
    INFO(letter);
    CHECK(kind_of("name = \"Top\"" + letter + "x = 1") == ErrorKind::bad_value);
    CHECK(kind_of(letter + " = 1") == ErrorKind::bad_value);
    CHECK(kind_of("a = [1," + letter + "]") == ErrorKind::bad_value);
  }
  // A number goes on to a blank, quotes or not, and no string begins in it; found by fuzzing.
  for (const std::string text :
       {"a = -4000-8000a1\"\xC9\x87\"", "a = [2, 1.\"\xC9\x87\"]", "a = 1=\"\xC9\x87\"",
        "a = {b = 1'\xC9\x87'}", "a = 1979-05-27 07:32:00\"\xC9\x87\""}) {
    INFO(text);
    CHECK(message_of(text).find("not ASCII stands outside of quotes") != std::string::npos);
  }
  try {
    parse_toml("a = 1\nb\xC3\xA9 = 2\n", "test.toml");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.offset() == 7);
    CHECK(error.file() == "test.toml");
  }
  const TomlTable table = parse_toml(
      "\xEF\xBB\xBF"
      "a = 'J\xC3\xBCrgen' # \xC3\xA9\n\"\xC3\xA9\" = \"\xC9\x87\"\n"
      "b.\"\xC3\xA9\".c=\"\xC9\x87\"\nd = [1979-05-27 07:32:00, ['\xC9\x87'], 1,\n  {e.\"\xC3\xA9\" = "
      "1,f=''}]\n"
      "[g.\"\xC3\xA9\"]\n[[h . '\xC3\xA9']]\ni={}\n\"\xC3\xA9\"=-1.5e3#\xC3\xA9\n",
      "test.toml");
  CHECK(table.size() == 6);
}

TEST_CASE("a file larger than the limit is not read whole") {
  const TempFolder temp;
  test::write_file(temp / "big", std::string(1001, 'x'));
  CHECK(read_small_file(temp / "big", 1001).size() == 1001);
  CHECK_THROWS_AS(read_small_file(temp / "big", 1000), Error);
  CHECK_THROWS_AS(read_small_file(temp.path()), Error);
}

TEST_CASE("an environment may be named by its project file, which may name its manifest") {
  const TempFolder temp;
  const std::string entry = "[[Leaf]]\nuuid = \"1eaf0000-0000-4000-8000-000000000001\"\n";
  test::write_file(temp / "Project.toml", "name = \"outer\"\nmanifest = \"shared/Manifest.toml\"\n");
  test::write_file(temp / "shared/Manifest.toml", entry);
  test::write_file(temp / "Manifest.toml", "");
  const Environment environment = read_environment(temp / "Project.toml", "1.12.5", FileView());
  CHECK(environment.directory == temp.path());
  CHECK(environment.project->name == "outer");
  CHECK(environment.manifest->path == temp / "shared/Manifest.toml");
  CHECK(read_environment(temp.path() + "//", "1.12.5", FileView()).directory == temp.path());
  test::write_file(temp / "Project.toml", "manifest = \"" + (temp / "shared/Manifest.toml") + "\"\n");
  CHECK(read_environment(temp.path(), "1.12.5", FileView()).manifest->path == temp / "shared/Manifest.toml");
  test::write_file(temp / "Project.toml", "manifest = \"missing.toml\"\n");
  CHECK(read_environment(temp.path(), "1.12.5", FileView()).manifest->path == temp / "Manifest.toml");
}

TEST_CASE("dates and times are kept as they are written") {
  const TomlTable table = parse_toml(
      "day = 2024-02-29\nhour = 12:30:05\nboth = 2024-02-29T12:30:05Z\nlist = [2024-02-29, true, 1.0]\n",
      "t");
  CHECK(table.at("day").text() == "2024-02-29");
  CHECK(table.at("hour").text() == "12:30:05");
  CHECK(table.at("both").text() == "2024-02-29T12:30:05Z");
  CHECK(table.at("list").text() == "[2024-02-29, true, 1.0]");
}
