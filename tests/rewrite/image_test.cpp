// The library as a stranger uses it: one image opened, planned, written.
#include "support/image.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "jireloc/jireloc.hpp"
#include "support/corpus.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;

namespace {

const std::string kOld = "/home/pkgeval/.julia", kNew = "/usr/share/julia";

test::CorpusImage image_of(const std::string& folder, const std::string& package) {
  for (const test::CorpusImage& image : test::corpus_images())
    if (image.folder == folder && image.ji.string().find("/" + package + "/") != std::string::npos)
      return image;
  throw std::runtime_error("no such image");
}

// A copy of an image of the corpus, with its library.
struct Copy {
  test::TempFolder folder{test::TempFolder::Where::memory};
  std::string ji = folder / "image.ji", so = folder / "image.so";

  explicit Copy(const test::CorpusImage& image) {
    std::filesystem::copy_file(image.ji, ji);
    std::filesystem::path library = image.ji;
    if (std::filesystem::exists(library.replace_extension(".so"))) std::filesystem::copy_file(library, so);
  }
};

Relocation plan(const std::string& ji) {
  return Image::open(ji).plan({.map = {{kOld, kNew}}}, test::EmptyView());
}

size_t entries(const test::TempFolder& folder) {
  const std::filesystem::directory_iterator all(folder.path());
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("An image is written to another place with its library, both whole, and read again") {
  for (const char* folder :
       {"1.5.3-plain", "1.10.8-plain", "1.10.8-split", "1.12.5-split", "1.13.0-rc1-split"}) {
    INFO(folder);
    const Copy copy(image_of(folder, "Leaf"));
    const Relocation relocation = plan(copy.ji);
    REQUIRE(relocation);
    CHECK(relocation.status() == RewriteStatus::rewritten);
    const test::TempFolder target(test::TempFolder::Where::memory);
    const std::string before = test::read_file(copy.ji);
    relocation.write_to(target / "image.ji", Durability::none);
    CHECK(test::read_file(copy.ji) == before);
    const Image written = Image::open(target / "image.ji");
    CHECK(written.package() == "Leaf");
    CHECK(written.checksums().file_crc_ok);
    CHECK(written.header().dependencies == relocation.details().after.dependencies);
    CHECK(written.header().is_split() == std::filesystem::exists(copy.so));
    CHECK(entries(target) == (written.header().is_split() ? 2 : 1));
    CHECK(plan(target / "image.ji").status() == RewriteStatus::unchanged);
    struct stat one {
    }, other{};
    REQUIRE(::stat(copy.ji.c_str(), &one) == 0);
    REQUIRE(::stat((target / "image.ji").c_str(), &other) == 0);
    CHECK(one.st_mtim.tv_nsec == other.st_mtim.tv_nsec);
    CHECK(one.st_mode == other.st_mode);
    // Again: what is there is not replaced unless it is asked for.
    CHECK_THROWS_AS(relocation.write_to(target / "image.ji"), Error);
    relocation.write_to(target / "image.ji", Durability::none, Existing::replace);
    CHECK(entries(target) == (written.header().is_split() ? 2 : 1));
  }
}

TEST_CASE("In place an image becomes what it becomes elsewhere, byte for byte") {
  for (const char* folder : {"1.10.8-plain", "1.10.8-split"}) {
    INFO(folder);
    const Copy copy(image_of(folder, "Leaf"));
    const test::TempFolder target(test::TempFolder::Where::memory);
    plan(copy.ji).write_to(target / "image.ji", Durability::none);
    CHECK_THROWS_AS(plan(copy.ji).write_to(copy.ji, Durability::none, Existing::replace), Error);
    plan(copy.ji).write_in_place(Durability::none);
    CHECK(test::read_file(copy.ji) == test::read_file(target / "image.ji"));
    if (std::filesystem::exists(copy.so))
      CHECK(test::read_file(copy.so) == test::read_file(target / "image.so"));
    CHECK(entries(copy.folder) == entries(target));
  }
}

TEST_CASE("In place an image that has other names is not touched") {
  const Copy copy(image_of("1.10.8-split", "Leaf"));
  for (const std::string& file : {copy.ji, copy.so}) {
    const std::string other = copy.folder / "other", before = test::read_file(copy.ji);
    REQUIRE(::link(file.c_str(), other.c_str()) == 0);
    try {
      plan(copy.ji).write_in_place(Durability::none);
      FAIL("it was written");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::unsupported);
    }
    CHECK(test::read_file(copy.ji) == before);
    REQUIRE(::unlink(other.c_str()) == 0);
  }
  plan(copy.ji).write_in_place(Durability::none);
}

TEST_CASE("What is to be left alone says why, and cannot be written") {
  const Copy copy(image_of("1.10.8-plain", "Leaf"));
  // The payload's constants have no room.
  const Relocation relocation = Image::open(copy.ji).plan(
      {.map = {{kOld, "/a/place/that/is/longer/than/the/old"}}, .longer = Longer::leave}, test::EmptyView());
  CHECK_FALSE(relocation);
  CHECK(relocation.why().find("has room for") != std::string::npos);
  CHECK_THROWS_AS(relocation.write_to(copy.folder / "new.ji"), Error);
  CHECK_THROWS_AS(relocation.write_in_place(), Error);
  CHECK(entries(copy.folder) == 1);
}

TEST_CASE("A plan outlives the image that it was made of") {
  const Copy copy(image_of("1.10.8-plain", "Mid"));
  std::optional<Relocation> relocation;
  {
    const Image image = Image::open(copy.ji);
    relocation = image.plan({.map = {{kOld, kNew}}}, test::EmptyView());
  }
  relocation->write_in_place(Durability::none);
  CHECK(plan(copy.ji).status() == RewriteStatus::unchanged);
}

TEST_CASE("An image is checked with a context that knows nothing") {
  const Copy copy(image_of("1.10.8-plain", "Leaf"));
  const ImageReport report = check(copy.ji);
  CHECK(report.verdict == Verdict::stale);  // its sources are not there
  REQUIRE_FALSE(report.reasons.empty());
  CHECK(report.reasons[0].code == Code::missing_sourcefile);
  CHECK(check(copy.folder / "none.ji").verdict == Verdict::unknown);
  CHECK(check_image(*open_file(copy.ji), copy.ji, {}).verdict == Verdict::stale);
}

TEST_CASE("Half of an image is not serialized") {
  const Image image = Image::open(image_of("1.10.8-split", "Leaf").ji);
  const auto source = open_file(image.path());
  CHECK_THROWS_AS(serialize(image.header(), *source, image.header().payload), Error);
  CHECK(serialize_ji(image.header(), *source, image.header().payload) == test::read_file(image.path()));
  const Image plain = Image::open(image_of("1.10.8-plain", "Leaf").ji);
  const auto whole = open_file(plain.path());
  CHECK(serialize(plain.header(), *whole, plain.header().payload) == test::read_file(plain.path()));
}
