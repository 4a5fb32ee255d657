#include "bundle/staged_digests.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "depot/git_tree.hpp"
#include "jireloc/crc32c.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::bundles {

TEST_CASE("what was staged is known of that file alone, under any name, until its size or time is another") {
  const test::TempFolder folder(test::TempFolder::Where::memory);
  const std::string path = folder / "a.jl", content = "module A end";
  const auto stage = [&] {
    test::write_file(path, content);
    test::set_mtime(path, 1000, 7);
  };
  stage();
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  BundleFile file;
  file.seconds = 1000;
  file.nanoseconds = 7;
  StagedDigests digests;
  digests.add(StagedDigests::of(info, file, content, git_blob(content)));

  REQUIRE(::rename(path.c_str(), (folder / "b.jl").c_str()) == 0);
  const auto known = digests.find(file_status(folder / "b.jl"));
  REQUIRE(known);
  CHECK(!known->bytes);
  CHECK(known->blob == git_blob(content));
  CHECK(known->crc32c == crc32c::value(content));

  test::set_mtime(folder / "b.jl", 1000, 8);
  CHECK(!digests.find(file_status(folder / "b.jl")));
  test::write_file(folder / "b.jl", content + " ");
  test::set_mtime(folder / "b.jl", 1000, 7);
  CHECK(!digests.find(file_status(folder / "b.jl")));
  stage();  // another file, with the same in it
  CHECK(!digests.find(file_status(path)));
  CHECK(!digests.find(file_status(folder / "none")));
}

}  // namespace jireloc::bundles
