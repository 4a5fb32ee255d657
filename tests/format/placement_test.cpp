// Where place() puts the payload, by what the Julia that wrote the file would have done.
#include <catch2/catch.hpp>

#include "jireloc/error.hpp"
#include "support/layouts.hpp"
#include "support/random_image.hpp"

using namespace jireloc;

namespace {

// An image with one module, whose name makes the header as long as one likes.
CacheFile image_of(std::string_view layout, size_t name_size) {
  CacheFile file;
  file.layout = &test::layout_named(layout);
  file.prefix.format = file.layout->format;
  file.prefix.pointer_size = 8;
  file.prefix.uname = "Linux";
  file.prefix.arch = "x86_64";
  file.prefix.version = "1.12.5";
  file.worklist.push_back({std::string(name_size, 'M'), Uuid{1, 2}, 3});
  file.source_section = std::make_shared<const std::string>();
  return file;
}

// To which alignment the payload is placed, for headers of 130 successive lengths; 0 if to none.
uint64_t alignment_of(std::string_view layout, const std::string& uname, const std::string& arch,
                      uint64_t recorded_start) {
  uint64_t alignment = 128;
  for (size_t name_size = 1; name_size <= 130; ++name_size) {
    CacheFile file = image_of(layout, name_size);
    file.prefix.uname = uname;
    file.prefix.arch = arch;
    file.datastartpos = recorded_start;
    file.payload = {recorded_start, 1000};
    place(file, {});
    const uint64_t padding = file.payload.offset - file.header_end;
    if (file.payload.offset % 128 == 64) alignment = 64;
    if (file.payload.offset % 64 != 0 || padding >= alignment) return 0;
    CHECK(file.padding == std::string(padding, '\0'));
    CHECK(file.datastartpos == file.payload.offset);
    CHECK(file.dataendpos == file.payload.offset + 1000);
    CHECK(file.srctextpos == file.dataendpos);
  }
  return alignment;
}

}  // namespace

TEST_CASE("Payloads of Apple's aarch64 and of PPC64 stay at multiples of 128, all others go to 64") {
  for (const auto& [uname, arch] : {std::pair{"Darwin", "aarch64"},
                                    {"Darwin", "arm64"},
                                    {"Linux", "ppc64le"},
                                    {"Linux", "powerpc64le"}}) {
    CAPTURE(uname, arch);
    CHECK(alignment_of("V12b", uname, arch, 1280) == 128);
    CHECK(alignment_of("V12b", uname, arch, 1216) == 64);  // so this file was not written with 128
    CHECK(alignment_of("V12a", uname, arch, 1280) == 64);  // before 1.11 it was 64 everywhere
  }
  for (const auto& [uname, arch] :
       {std::pair{"Darwin", "x86_64"}, {"Linux", "aarch64"}, {"Linux", "arm64"}, {"Windows", "x86_64"}}) {
    CAPTURE(uname, arch);
    CHECK(alignment_of("V12b", uname, arch, 1280) == 64);
  }
}

TEST_CASE("Up to 1.8 the payload follows the header at once") {
  for (size_t name_size = 1; name_size < 70; ++name_size) {
    CacheFile file = image_of("V11b", name_size);
    file.payload = {0, 1000};
    place(file, {});
    CHECK(file.payload == Extent{file.header_end, 1000});
    CHECK(file.padding.empty());
    CHECK(file.srctextpos == file.header_end + 1000);
  }
}

TEST_CASE("A payload may begin up to 127 bytes behind the header, as no alignment asks for more") {
  for (const uint64_t padding : {0, 1, 63, 64, 127, 128, 129, 1000}) {
    CAPTURE(padding);
    CacheFile file = image_of("V12b", 5);
    file.payload = {0, 7};
    place(file, {});
    file.padding.assign(padding, '\0');
    file.datastartpos = file.header_end + padding;
    file.dataendpos = file.srctextpos = file.datastartpos + 7;
    const std::string bytes = serialize_ji(file, *view_bytes("payload"), {0, 7});
    if (padding < 128) {
      CHECK(read_cache_file(*view_bytes(bytes)).payload == Extent{file.header_end + padding, 7});
    } else {
      CHECK_THROWS_WITH(read_cache_file(*view_bytes(bytes)), Catch::Contains("the header ends at"));
    }
  }
}

TEST_CASE("Checksums of a payload that leads out of the file are not computed") {
  test::SeededChooser choose(3);
  test::ImageWishes wishes;
  wishes.may_split = false;
  const test::RandomImage image = test::random_image(choose, test::layout_named("V12b"), wishes);
  const auto source = view_bytes(image.bytes);
  CHECK(verify_checksums(image.file, *source).file_crc_ok);
  const uint64_t size = image.bytes.size();
  const auto refusal = [&](Extent payload) {
    CacheFile file = image.file;
    file.payload = payload;
    try {
      verify_checksums(file, *source);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::truncated);
      return error.message();
    }
    return std::string();
  };
  const std::string shorter = "the file is shorter than its header says";
  CHECK(refusal({size, 10}) == shorter);
  CHECK(refusal({0, size}) == shorter);
  CHECK(refusal({size - 3, 0}) == shorter);
  CHECK(refusal({size - 4, 0}).empty());
  CHECK(refusal({~uint64_t{0} - 2, 10}) == "the file ends before a part of it that is recorded");
}
