// Which layout a file is taken for where its version does not say, and what is refused by the choice.
#include <catch2/catch.hpp>

#include "jireloc/error.hpp"
#include "support/layouts.hpp"
#include "support/library_builder.hpp"
#include "support/random_image.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

// How a file of 1.13.0-beta3, whose version fits three layouts, is read: the layout's name, or the error's
// kind.
std::string taken_for(const std::string& path) {
  CacheFile file;
  file.layout = &test::layout_named("V12b");
  file.prefix.format = 12;
  file.prefix.pointer_size = 8;
  file.prefix.uname = "Linux";
  file.prefix.arch = "x86_64";
  file.prefix.version = "1.13.0-beta3";
  Dependency entry;
  entry.path = path;
  file.dependencies.push_back(entry);
  const test::RandomImage image = test::lay_out(file, "payload", {});
  try {
    return std::string(read_cache_file(*view_bytes(image.bytes)).layout->name);
  } catch (const Error& error) {
    return std::string(name(error.kind()));
  }
}

std::optional<Error> refusal(const std::string& image_data, std::string_view layout) {
  try {
    read_embedded_header(*view_bytes(image_data, "lib.so"), test::layout_named(layout));
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("Among layouts one is chosen whose paths are absolute on some system") {
  for (const std::string path :
       {"/", "/x", "@depot/x", "\\\\s\\x", "C:\\", "c:/x", "A:/x", "Z:\\x", "a:\\x", "z:/x"}) {
    CAPTURE(path);
    CHECK(taken_for(path) == "V12b");
  }
  for (const std::string path :
       {"x", "x/y", "C:", "C:x", "1:/x", "@:/x", "[:/x", "`:/x", "{:/x", "C;/x", "\\x", "depot"}) {
    CAPTURE(path);
    CHECK(taken_for(path) == "no-layout-fits");
  }
}

TEST_CASE("A library's header is refused where its positions contradict each other") {
  const std::string good = test::image_data("payload", "V12b", 1);
  CHECK_FALSE(refusal(good, "V12b"));
  const EmbeddedHeader header = read_embedded_header(*view_bytes(good), test::layout_named("V12b"));
  CHECK(header.datastartpos == good.size() - 7);
  CHECK(header.dataendpos == good.size());
  CHECK(header.checksum == 1);
  CHECK(header.pkgimage == 1);
  // The two positions stand behind prefix, pkgimage byte and checksum.
  const size_t at = good.find(std::string("\1\1\0\0\0\0\0\0\0", 9)) + 9;
  const auto with = [&](uint64_t start, uint64_t end) {
    std::string bytes = good;
    for (int k = 0; k < 8; ++k) {
      bytes[at + k] = static_cast<char>(start >> 8 * k);
      bytes[at + 8 + k] = static_cast<char>(end >> 8 * k);
    }
    return bytes;
  };
  const uint64_t start = header.datastartpos, end = header.dataendpos;
  CHECK_FALSE(refusal(with(start, end), "V12b"));
  CHECK_FALSE(refusal(with(header.header_end, end), "V12b"));
  CHECK_FALSE(refusal(with(start, start + 1), "V12b"));
  for (const auto& [from, to] :
       {std::pair{header.header_end - 1, end}, {start, start}, {start, start - 1}, {start, end + 1}}) {
    CAPTURE(from, to);
    const auto error = refusal(with(from, to), "V12b");
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::bad_offset);
    CHECK(error->offset() == 0);
    CHECK(error->file() == "lib.so");
  }
  const auto other = refusal(good, "V13b");
  REQUIRE(other);
  CHECK(other->kind() == ErrorKind::bad_value);
  CHECK(other->offset() == 8);
}

TEST_CASE("A file that two layouts of its format fit, both with dependencies, is refused and not guessed") {
  const auto source = open_file(JIRELOC_FIXTURES "/fuzz/parse/two-layouts-fit.ji");
  try {
    read_cache_file(*source);
    FAIL("read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::no_layout_fits);
    CHECK(error.message().find("V12a and V12b") != std::string::npos);
  }
}
