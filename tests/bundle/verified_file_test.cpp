// unpack --verify-with: what is unpacked is what was there when the tool was asked.
#include <catch2/catch.hpp>
#include <cstdio>

#include "cli/verify_with.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/error.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc {
namespace {

std::string bundle_of(const std::string& source) {
  BundleManifest manifest = test::made::sound_manifest();
  manifest.files[3] = test::made::file(manifest.files[3].path, source);
  return test::made::packed(
      manifest, {.contents = {{manifest.files[1].path, "hello"}, {manifest.files[3].path, source}}});
}

std::optional<Code> objection_to(const BundleSource& source) {
  try {
    verify_bundle(source);
    return {};
  } catch (const Error& error) {
    return error.kind();
  }
}

}  // namespace

TEST_CASE("a file that changes after a tool has vouched for it is refused") {
  const test::TempFolder folder;
  const std::string path = folder / "b.jlb.tar.zst";
  const std::string good = bundle_of("module A\nend\n"), other = bundle_of("module A\nEND\n");
  test::write_file(path, good);
  SECTION("one that does not change is taken") {
    CHECK_FALSE(objection_to(cli::bundle_verified_with("true", path)));
  }
  SECTION("written over with a bundle that is sound by itself") {
    const BundleSource source = cli::bundle_verified_with("true", path);
    test::write_file(path, other);
    REQUIRE_FALSE(objection_to(bundle_file(path)));
    CHECK(objection_to(source) == Code::conflict);
  }
  SECTION("something follows its end") {
    const BundleSource source = cli::bundle_verified_with("true", path);
    test::write_file(path, good + "x");
    CHECK(objection_to(source));
  }
  SECTION("another that takes its name is not what was opened") {
    const BundleSource source = cli::bundle_verified_with("true", path);
    test::write_file(folder / "new", other);
    REQUIRE(std::rename((folder / "new").c_str(), path.c_str()) == 0);
    CHECK_FALSE(objection_to(source));
  }
  SECTION("while the tool is at work") {
    CHECK_THROWS_AS(cli::bundle_verified_with("touch -d @5", path), Error);
    CHECK_THROWS_AS(cli::bundle_verified_with("truncate -s 5", path), Error);
  }
}

}  // namespace jireloc
