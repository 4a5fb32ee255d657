// Formats 14 and 15 may hold their payload compressed; its checksum is that of what it unpacks to.
#include <zstd.h>

#include <catch2/catch.hpp>

#include "jireloc/cache_file.hpp"
#include "jireloc/crc32c.hpp"
#include "support/corpus.hpp"
#include "support/layouts.hpp"

using namespace jireloc;

namespace {

std::string compressed(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 3));
  return packed;
}

// A real image of format 13 written as format 15, with this payload and a checksum of `unpacked`.
std::string format_15(const std::string& payload, const std::string& unpacked) {
  for (const test::CorpusImage& image : test::corpus_images()) {
    if (image.folder != "1.14.0-DEV-plain") continue;
    CacheFile file = read_cache_file(*open_file(image.ji.string()));
    file.layout = &test::layout_named("V15");
    file.prefix.format = 15;
    file.prefix.gc = "stock";
    file.prefix.image_flags = 1;
    file.checksum = crc32c::value(unpacked);
    file.payload.size = payload.size();
    std::vector<std::string> names;
    for (const SourceText& text : file.source_texts) names.push_back(text.path);
    place(file, names);
    return serialize_ji(file, *view_bytes(payload), {0, payload.size()});
  }
  throw std::runtime_error("no image of format 13");
}

Checksums sums_of(const std::string& bytes) {
  const auto source = view_bytes(bytes);
  return verify_checksums(read_cache_file(*source), *source);
}

}  // namespace

TEST_CASE("the checksum of a compressed payload is held against what it unpacks to") {
  std::string payload;
  for (uint32_t i = 0; i < 300'000; ++i) payload += static_cast<char>(i * i >> 7);
  const Checksums plain = sums_of(format_15(payload, payload));
  CHECK(plain.payload_crc_ok == true);
  CHECK(plain.stored_payload_crc == plain.payload_crc);

  const std::string packed = compressed(payload);
  const Checksums sums = sums_of(format_15(packed, payload));
  CHECK(sums.file_crc_ok);
  CHECK(sums.payload_crc_ok == true);
  CHECK(sums.payload_crc == crc32c::value(payload));
  CHECK(sums.stored_payload_crc == crc32c::value(packed));

  CHECK(sums_of(format_15(packed, payload + "x")).payload_crc_ok == false);
  std::string damaged = packed;
  damaged[damaged.size() / 2] ^= 0x55;
  CHECK(sums_of(format_15(damaged, payload)).payload_crc_ok == false);
}
