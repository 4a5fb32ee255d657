#include "relocate/own_links.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temp_folder.hpp"

using namespace jireloc;
using test::TempFolder;

namespace {

constexpr uid_t kMallory = 4321, kVictim = 5432;

struct Homes {
  TempFolder top;
  Homes() {
    for (const char* name : {"mallory", "mallory/depot", "victim", "victim/depot"})
      std::filesystem::create_directory(top / name);
    give("mallory", kMallory), give("mallory/depot", kMallory);
    give("victim", kVictim), give("victim/depot", kVictim);
  }
  void give(const std::string& path, uid_t user) {
    REQUIRE(::fchownat(AT_FDCWD, (top / path).c_str(), user, user, AT_SYMLINK_NOFOLLOW) == 0);
  }
  void link(const std::string& path, const std::string& text, uid_t owner) {
    std::filesystem::create_symlink(text, top / path);
    give(path, owner);
  }
  bool opens(const std::string& path) {
    struct stat opened {
    }, named{};
    try {
      const auto folder = open_through_own_links(real_file_system(), top / path);
      REQUIRE(::fstat(folder->fd(), &opened) == 0);
      REQUIRE(::stat((top / path).c_str(), &named) == 0);
      CHECK(opened.st_ino == named.st_ino);
      return true;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::unsupported);
      return false;
    }
  }
};

}  // namespace

TEST_CASE("a link is followed only where its owner owns what it leads to, or is root") {
  if (::geteuid() != 0) {
    WARN("not root: links of other users cannot be made");
    return;
  }
  Homes homes;
  homes.link("mallory/stolen", "../victim/depot", kMallory);
  homes.link("mallory/absolute", homes.top / "victim", kMallory);
  homes.link("mallory/twice", "stolen", kMallory);
  homes.link("mallory/own", "./depot//", kMallory);
  homes.link("mallory/by-root", "../victim/depot", 0);
  homes.link("mallory/round", "../victim/../mallory/depot", kMallory);
  CHECK(homes.opens("mallory/depot"));
  CHECK(homes.opens("mallory/../victim/depot"));
  CHECK_FALSE(homes.opens("mallory/stolen"));
  CHECK_FALSE(homes.opens("mallory/absolute/depot"));
  CHECK_FALSE(homes.opens("mallory/twice"));
  CHECK(homes.opens("mallory/own"));
  CHECK(homes.opens("mallory/by-root"));
  CHECK(homes.opens("mallory/round"));
}

TEST_CASE("links that lead round in a circle, and what is not there, are errors") {
  TempFolder top;
  std::filesystem::create_symlink("b", top / "a");
  std::filesystem::create_symlink("a", top / "b");
  for (const char* name : {"a", "absent"}) {
    INFO(name);
    try {
      open_through_own_links(real_file_system(), top / name);
      FAIL("opened");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::io);
    }
  }
}
