#include "jireloc/alias.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "bytes/file_system.hpp"
#include "jireloc/error.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using jireloc::test::TempFolder;

namespace {

// A depot, and a folder for aliases.
struct Place {
  TempFolder temp;
  std::string depot = temp / "usr/share/julia", folder = temp / "a";
  FileView view;
  Place() {
    test::make_folders(depot + "/compiled");
    test::make_folders(folder);
  }
  AliasWish wish() const {
    AliasWish wish;
    wish.depot = depot;
    wish.most_bytes = 4096;
    wish.folder = folder;
    wish.durability = Durability::none;
    return wish;
  }
  ChosenAlias choose(const AliasWish& wish) { return choose_alias(wish, view); }
  std::optional<RecordedAlias> recorded() { return recorded_alias(depot, view); }
};

std::string target_of(const std::string& link) {
  char text[4096];
  const ssize_t size = ::readlink(link.c_str(), text, sizeof text);
  return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
}

}  // namespace

TEST_CASE("an alias is made, recorded, and used again") {
  Place place;
  const ChosenAlias first = place.choose(place.wish());
  CHECK(first.path == place.folder + "/jl");
  CHECK(first.made);
  CHECK(first.recorded);
  CHECK(target_of(first.path) == place.depot);
  REQUIRE(place.recorded());
  CHECK(place.recorded()->path == first.path);
  CHECK(place.recorded()->problem.empty());
  const ChosenAlias again = place.choose(place.wish());
  CHECK(again.path == first.path);
  CHECK_FALSE(again.made);
}

TEST_CASE("what is there is never replaced by an alias") {
  Place place;
  test::write_file(place.folder + "/jl", "a file");
  REQUIRE(::symlink("/nowhere", (place.folder + "/j").c_str()) == 0);
  const ChosenAlias chosen = place.choose(place.wish());
  CHECK(chosen.path == place.folder + "/j2");
  CHECK(target_of(place.folder + "/j") == "/nowhere");
  CHECK(file_status(place.folder + "/jl").is_file());
}

TEST_CASE("a link that leads to the depot already is taken and recorded") {
  Place place;
  REQUIRE(::symlink(place.depot.c_str(), (place.folder + "/j").c_str()) == 0);
  const ChosenAlias chosen = place.choose(place.wish());
  CHECK(chosen.path == place.folder + "/j");
  CHECK_FALSE(chosen.made);
  CHECK(place.recorded()->path == chosen.path);
}

TEST_CASE("an alias that is too long, or has no place, is refused with a word") {
  Place place;
  AliasWish wish = place.wish();
  wish.most_bytes = place.folder.size() + 1;
  CHECK_THROWS_AS(place.choose(wish), Error);
  wish.most_bytes = place.folder.size() + 2;
  CHECK(place.choose(wish).path == place.folder + "/j");
}

TEST_CASE("no alias is made in a folder that everybody may write to") {
  Place place;
  REQUIRE(::chmod(place.folder.c_str(), 0777) == 0);
  CHECK_THROWS_AS(place.choose(place.wish()), Error);
  CHECK_FALSE(file_status(place.folder + "/jl").exists());
}

TEST_CASE("a dry run makes and records nothing") {
  Place place;
  AliasWish wish = place.wish();
  wish.dry_run = true;
  CHECK(place.choose(wish).path == place.folder + "/jl");
  CHECK_FALSE(file_status(place.folder + "/jl").exists());
  CHECK_FALSE(place.recorded());
}

TEST_CASE("an alias that is gone, or leads elsewhere, is a problem, and another one is made") {
  Place place;
  const std::string alias = place.choose(place.wish()).path;
  REQUIRE(::unlink(alias.c_str()) == 0);
  CHECK(place.recorded()->problem.find("is gone") != std::string::npos);
  REQUIRE(::symlink("/", alias.c_str()) == 0);
  CHECK(place.recorded()->problem.find("does not lead to") != std::string::npos);
  CHECK(place.choose(place.wish()).path == place.folder + "/j");
}

TEST_CASE("a depot without its compiled folder gets one where the record is needed") {
  Place place;
  REQUIRE(::rmdir((place.depot + "/compiled").c_str()) == 0);
  CHECK_FALSE(place.choose(place.wish()).recorded);
  AliasWish wish = place.wish();
  wish.must_be_recorded = true;
  CHECK(place.choose(wish).recorded);
  CHECK(place.recorded());
}

TEST_CASE("a record that is no path of a link is a problem") {
  Place place;
  test::write_file(place.depot + "/" + std::string(kAliasRecord), "jl\n");
  CHECK_FALSE(place.recorded()->problem.empty());
}
