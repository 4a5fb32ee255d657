#include "relocate/one_look.hpp"

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>

#include "jireloc/error.hpp"

namespace jireloc::relocating {
namespace {

struct Counting final : FileView {
  FileStatus status(const std::string& path) const override {
    ++looks[path];
    FileStatus status;
    status.type = path == "/hidden" ? FileStatus::Type::unknown : FileStatus::Type::regular;
    status.problem = path == "/hidden" ? EACCES : 0;
    status.mtime = looks[path];
    return status;
  }
  std::string actual(const std::string& path) const override { return "/here" + path; }
  mutable std::map<std::string, int> looks;
};

}  // namespace

TEST_CASE("what was looked at once for an image is not looked at again, and is as it was seen") {
  const Counting files;
  const OneLook view(files);
  CHECK(view.actual("/a") == "/here/a");
  CHECK(view.status("/a").mtime == 1);
  CHECK(view.known_status("/a").mtime == 1);
  CHECK(view.status("/b").mtime == 1);
  CHECK(view.status("/hidden").is_unknown());
  CHECK_THROWS_AS(view.known_status("/hidden"), Error);
  CHECK(files.looks == std::map<std::string, int>{{"/a", 1}, {"/b", 1}, {"/hidden", 1}});
  CHECK(OneLook(files).status("/a").mtime == 2);
}

}  // namespace jireloc::relocating
