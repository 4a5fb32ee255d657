// Real images: each is read, written back byte for byte, and its checksums hold.
#include "support/corpus.hpp"

#include <catch2/catch.hpp>

#include "jireloc/cache_file.hpp"
#include "jireloc/crc32c.hpp"

using namespace jireloc;

TEST_CASE("every image of the corpus is written back byte for byte") {
  size_t count = 0;
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const std::string bytes = test::read_bytes(image.ji);
    const auto source = open_file(image.ji.string());
    const CacheFile file = read_cache_file(*source);
    CHECK(serialize_ji(file, *source, file.payload) == bytes);
    CHECK(file.layout->verified == Verified::corpus);
    const Checksums sums = verify_checksums(file, *source, {.digest = true});
    CHECK(sums.file_crc_ok);
    CHECK(sums.payload_crc_ok.value_or(true));
    CHECK(sums.payload_digest.empty() == (file.payload.size == 0));
    CHECK(sums.file_crc == crc32c::value(std::string_view(bytes).substr(0, bytes.size() - 4)));
    ++count;
  }
  CHECK(count > 110);
}

TEST_CASE("an image placed without a change stays what it was") {
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const auto source = open_file(image.ji.string());
    CacheFile file = read_cache_file(*source);
    const Extent payload = file.payload;
    std::vector<std::string> names;
    for (const SourceText& text : file.source_texts) names.push_back(text.path);
    const uint32_t so_crc = file.so_crc;
    place(file, names);
    CHECK(so_crc == file.so_crc);
    CHECK(serialize_ji(file, *source, payload) == test::read_bytes(image.ji));
  }
}

TEST_CASE("an image cut anywhere is refused with a kind, or read as what it is") {
  const auto images = test::corpus_images();
  const auto small = std::find_if(images.begin(), images.end(), [](const auto& image) {
    return image.folder == "1.10.8-split" && image.ji.string().find("/Mid/") != std::string::npos;
  });
  REQUIRE(small != images.end());
  const std::string whole = test::read_bytes(small->ji);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    INFO(size);
    CHECK_THROWS_AS(read_cache_file(*view_bytes(cut)), Error);
  }
}
