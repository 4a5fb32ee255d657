// Properties of reading and writing, over images made up at random.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "jireloc/cache_file.hpp"
#include "support/image_mutation.hpp"
#include "support/random_image.hpp"

using namespace jireloc;

namespace {

int images_a_layout() {
  return std::getenv("JIRELOC_LONG") != nullptr ? 20'000 : 400;
}

template <typename Check>
void for_random_images(Check check) {
  for (const Layout& layout : layouts()) {
    for (int seed = 0; seed < images_a_layout(); ++seed) {
      INFO("layout " << layout.name << ", seed " << seed);
      test::SeededChooser choose(static_cast<uint64_t>(seed));
      check(test::random_image(choose, layout));
    }
  }
}

// Bytes that are not in memory as a whole, so that headers are read in windows.
class Streamed final : public ByteSource {
 public:
  explicit Streamed(std::string_view bytes) : inner_(view_bytes(bytes)) {}
  uint64_t size() const noexcept override { return inner_->size(); }
  const std::string& name() const noexcept override { return inner_->name(); }
  void read(uint64_t offset, char* buffer, size_t size) const override { inner_->read(offset, buffer, size); }

 private:
  std::unique_ptr<ByteSource> inner_;
};

}  // namespace

TEST_CASE("what is written of a random image of any layout is read back as the same value") {
  for_random_images([](const test::RandomImage& image) {
    const CacheFile read = read_cache_file(*view_bytes(image.bytes));
    CHECK(test::difference(read, image.file) == "");
    CHECK(read.file_size == image.bytes.size());
  });
}

TEST_CASE("a random image that is read and written again is the same bytes") {
  for_random_images([](const test::RandomImage& image) {
    const auto source = view_bytes(image.bytes);
    const CacheFile read = read_cache_file(*source);
    CHECK(serialize_ji(read, *source, read.payload) == image.bytes);
  });
}

TEST_CASE("the checksums of a random image hold, and each broken byte of its texts is noticed") {
  for_random_images([](const test::RandomImage& image) {
    const auto source = view_bytes(image.bytes);
    const Checksums sums = verify_checksums(image.file, *source);
    CHECK(sums.file_crc_ok);
    CHECK(sums.payload_crc_ok.value_or(true));
    CHECK(sums.payload_crc_ok.has_value() ==
          (image.file.layout->has_aligned_payload() && image.file.payload.size > 0));
    std::string broken = image.bytes;
    broken[broken.size() - 5] ^= 1;
    CHECK_FALSE(verify_checksums(image.file, *view_bytes(broken)).file_crc_ok);
  });
}

TEST_CASE("a payload with one bit changed loses its checksum") {
  for_random_images([](const test::RandomImage& image) {
    if (!image.file.layout->has_aligned_payload() || image.file.payload.size == 0) return;
    std::string broken = image.bytes;
    broken[image.file.payload.offset + image.file.payload.size / 2] ^= 4;
    CHECK(verify_checksums(image.file, *view_bytes(broken)).payload_crc_ok == false);
  });
}

TEST_CASE("a header read in windows of a file is the header read from memory") {
  for (const Layout& layout : layouts()) {
    test::SeededChooser choose(7);
    test::RandomImage small = test::random_image(choose, layout);
    // A header of several windows: 3000 dependencies more.
    CacheFile file = small.file;
    for (int i = 0; i < 3000; ++i) {
      Dependency entry;
      entry.path = "/home/u/.julia/packages/Name/abcde/src/file" + std::to_string(i) + ".jl";
      file.dependencies.push_back(entry);
    }
    const test::RandomImage large = test::lay_out(file, small.payload, test::texts_of(small.file));
    REQUIRE(large.file.header_end > 128 * 1024);
    const CacheFile streamed = read_cache_file(Streamed(large.bytes));
    CHECK(test::difference(streamed, large.file) == "");
    const Checksums sums = verify_checksums(streamed, Streamed(large.bytes));
    CHECK(sums.file_crc_ok);
  }
}

TEST_CASE("a well-formed change to an image is read as the image that was written") {
  uint64_t read_well = 0, refused = 0;
  for (const Layout& layout : layouts()) {
    test::SeededChooser choose(layout.format);
    std::string bytes = test::random_image(choose, layout).bytes;
    for (int round = 0; round < images_a_layout(); ++round) {
      INFO("layout " << layout.name << ", round " << round);
      const std::string changed = test::mutate_image(bytes, choose);
      const auto source = view_bytes(changed);
      try {
        const CacheFile read = read_cache_file(*source);
        CHECK(serialize_ji(read, *source, read.payload) == changed);
        ++read_well;
        if (changed.size() < 8192) bytes = changed;
      } catch (const Error& error) {
        CHECK(error.kind() != ErrorKind::io);
        CHECK_FALSE(error.message().empty());
        ++refused;
      }
    }
  }
  CHECK(read_well > refused);
  CHECK(refused > 0);
}
