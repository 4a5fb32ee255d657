// What the library offers and its own command line has no use for (house_test lists what no test calls).
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "jireloc/alias.hpp"
#include "jireloc/check.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"
#include "jireloc/header_fields.hpp"
#include "jireloc/in_order.hpp"
#include "jireloc/mount_view.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/rewrite.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

TEST_CASE("an error that is told again keeps its code and what would help") {
  const Error error(ErrorKind::too_large, "as it was", "x.ji", 7, fix::Choose{Setting::limit, "hashed"});
  const Reason again = error.retold("in other words");
  CHECK(again.code == error.reason().code);
  CHECK(again.message == "in other words");
  CHECK(again.fix == error.reason().fix);
}

TEST_CASE("a small file is read into memory at once, and a larger one is left where it is") {
  const TempFolder temp;
  test::write_file(temp / "f", "12345678");
  const auto small = load(open_file(temp / "f"), 8), large = load(open_file(temp / "f"), 7);
  CHECK(small->in_memory() == "12345678");
  CHECK(large->in_memory().empty());
  CHECK(large->read_string(2, 3) == "345");
  CHECK(file_crc32c(*small) == crc32c::value("12345678"));
  CHECK(file_crc32c(*large) == crc32c::value("12345678"));
}

TEST_CASE("absence is certain only where the folder above can be read and has no such name") {
  const TempFolder temp;
  test::write_file(temp / "file", "");
  const FileView& view = plain_file_view();
  CHECK_NOTHROW(view.require_absent(temp / "none"));
  CHECK_NOTHROW(view.require_absent(temp / "none/below"));
  REQUIRE(::symlink("loop", (temp / "loop").c_str()) == 0);
  CHECK_THROWS_AS(view.require_absent(temp / "loop/x"), Error);
}

TEST_CASE("a place that is mounted by itself below another one is found") {
  const MountView view(
      {{"/usr/share/julia", "/storage"}, {"/usr/share/julia/compiled", "/fast"}, {"", "/root"}});
  REQUIRE(view.mount_inside("/usr/share/julia") != nullptr);
  CHECK(view.mount_inside("/usr/share/julia")->here == "/fast");
  CHECK(view.mount_inside("/usr/share/julia/compiled") == nullptr);
  CHECK(view.mount_inside("/usr/share/jul") == nullptr);
}

TEST_CASE("a link is looked for behind the links that lead to it, and not followed itself") {
  const TempFolder temp;
  test::make_folders(temp / "real");
  REQUIRE(::symlink("real", (temp / "way").c_str()) == 0);
  REQUIRE(::symlink("/elsewhere", (temp / "real/jl").c_str()) == 0);
  struct stat found {
  }, wanted{};
  REQUIRE(::lstat(place_of_link(temp / "way/jl", plain_file_view()).c_str(), &found) == 0);
  REQUIRE(::lstat((temp / "real/jl").c_str(), &wanted) == 0);
  CHECK(S_ISLNK(found.st_mode));
  CHECK(found.st_ino == wanted.st_ino);
}

TEST_CASE("slugs of four letters are tried first up to 1.6, and of five from 1.7 on") {
  CHECK(slug_lengths(JuliaVersion::parse("1.6.7")) == std::vector<int>{4, 5});
  CHECK(slug_lengths(JuliaVersion::parse("1.7.0")) == std::vector<int>{5, 4});
}

TEST_CASE("a development build is told from releases and their candidates") {
  CHECK(JuliaVersion::parse("1.14.0-DEV").is_dev());
  CHECK(JuliaVersion::parse("1.14.0-DEV.123").is_dev());
  CHECK_FALSE(JuliaVersion::parse("1.14.0-rc1").is_dev());
  CHECK_FALSE(JuliaVersion::parse("1.14.0").is_dev());
}

TEST_CASE("the fields that Julia compares with its own name the build") {
  Prefix prefix;
  prefix.version = "1.10.8";
  prefix.uname = "Linux";
  std::string shown;
  for (const HeaderField& field : julia_fields(prefix))
    if (field.key == "uname" || field.text == "1.10.8") shown += field.shown() + " ";
  CHECK(shown.find("Linux ") != std::string::npos);
  CHECK(shown.find("1.10.8 ") != std::string::npos);
}

TEST_CASE("the recorded time must be the file's to the last bit") {
  FileStatus status;
  status.type = FileStatus::Type::regular;
  status.mtime = julia_mtime(1780000000, 123456789);
  CHECK(mtime_is_recorded(status, status.mtime));
  CHECK_FALSE(mtime_is_recorded(status, 1780000000));
}

TEST_CASE("a folder's package has the UUID of the image's module of that name, else that of its project") {
  const TempFolder temp;
  test::write_file(temp / "packages/Leaf/AAAAA/Project.toml",
                   "name = \"Leaf\"\nuuid = \"7876af07-990d-54b4-ab0e-23690620f79a\"\n");
  const PackageFolder folder = *package_folder_of(temp / "packages/Leaf/AAAAA/src/Leaf.jl");
  CacheFile file;
  CHECK(package_uuid(file, folder) == Uuid::parse("7876af07-990d-54b4-ab0e-23690620f79a"));
  file.worklist = {{"Leaf", Uuid{1, 2}, 3}};
  CHECK(package_uuid(file, folder) == Uuid{1, 2});
}

TEST_CASE("a library changes where it is patched or grows anew") {
  PayloadPlan plan;
  CHECK_FALSE(plan.changes_library());
  plan.library = {{8, "bytes"}};
  CHECK(plan.changes_library());
  plan.growth.emplace();
  CHECK_FALSE(plan.changes_library());
}

TEST_CASE("what Julia ships may be taken for a part of it where no bundled image tells its build") {
  CacheFile image;
  image.layout = &layouts().front();
  image.prefix.version = "1.8.5";
  image.worklist = {{"A", {1, 1}, 10}};
  const RequiredModule shipped{"Dates", *Uuid::parse("ade2ca70-3891-5945-98fb-dc099432e06a"), 0, 7};
  const RequiredModule other{"Other", {2, 2}, 0, 7};
  ImageSet set;
  set.set_bundled("/usr/share/julia");
  const size_t number = set.add("/d/compiled/v1.8/A/AAAAA_B.ji", image);
  CHECK(set.is_assumed(number, shipped));
  CHECK_FALSE(set.is_assumed(number, other));
  CacheFile bundled = image;
  bundled.worklist = {{"Dates", shipped.uuid, 7}};
  set.add("/usr/share/julia/compiled/v1.8/Dates/AAAAA_B.ji", bundled);
  CHECK_FALSE(set.is_assumed(number, shipped));
  CHECK(set.add_malformed("/d/compiled/v1.8/B/AAAAA_B.ji") == 2);
  CHECK_FALSE(ImageSet::has_image(shipped));
  CHECK(ImageSet::has_image({"A", {1, 1}, uint64_t{0xfafafafa} << 32, 7}));
}

TEST_CASE("tasks are emitted in the order in which they were given, whoever is done first") {
  struct Count : Task {
    Count(int n, std::vector<int>& to) : number(n), emitted(to) {}
    void work() override { done = number; }
    void emit() override { emitted.push_back(done); }
    int number, done = -1;
    std::vector<int>& emitted;
  };
  std::vector<int> emitted, wanted;
  int next = 0;
  do_in_order({2, 2}, [&]() -> std::unique_ptr<Task> {
    if (next == 50) return nullptr;
    wanted.push_back(next);
    return std::make_unique<Count>(next++, emitted);
  });
  CHECK(emitted == wanted);
  CHECK(emitted.size() == 50);
}
