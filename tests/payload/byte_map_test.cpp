// Every byte of an image and of the library beside it belongs to one part, and the parts are where they are
// said to be.
#include "jireloc/byte_map.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <set>

#include "jireloc/error.hpp"
#include "support/corpus.hpp"

namespace jireloc {
namespace {

std::unique_ptr<ByteSource> library_of(const test::CorpusImage& image, const CacheFile& file) {
  const std::string path = native_library_path(image.ji.string(), file.prefix);
  return file.is_split() && std::filesystem::exists(path) ? open_file(path) : nullptr;
}

void require_every_byte(const std::vector<BytePart>& parts, uint64_t size) {
  uint64_t at = 0;
  for (const BytePart& part : parts) {
    REQUIRE(part.extent.offset == at);
    REQUIRE(part.extent.size != 0);
    REQUIRE(!part.name.empty());
    at = part.extent.end();
  }
  REQUIRE(at == size);
}

Extent place_of(const std::vector<BytePart>& parts, std::string_view name) {
  for (const BytePart& part : parts)
    if (part.name == name) return part.extent;
  return {};
}

// A list begins with the length of its first text, and the text.
bool begins_with_text(std::string_view bytes, Extent list, std::string_view text) {
  uint32_t length = 0;
  std::memcpy(&length, bytes.data() + list.offset, sizeof length);
  return length == text.size() && bytes.substr(list.offset + sizeof length, length) == text;
}

}  // namespace

TEST_CASE("every byte of every image of the corpus, and of its library, lies in one part of its map") {
  std::set<PartKind> seen;
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const auto source = open_file(image.ji.string());
    const CacheFile file = read_cache_file(*source);
    const auto library = library_of(image, file);
    const ByteMap map = byte_map({file, *source, library.get()});
    require_every_byte(map.image, source->size());
    if (library) require_every_byte(map.library, library->size());
    REQUIRE(map.library.empty() == !library);
    for (const auto* parts : {&map.image, &map.library})
      for (const BytePart& part : *parts) seen.insert(part.kind);
    if (library || !file.is_split()) REQUIRE(map.notes == std::vector<std::string>());
  }
  REQUIRE(seen.size() == 8);  // all but `unknown`
}

TEST_CASE("each part of an image begins where what it is named after is") {
  for (const test::CorpusImage& image : test::corpus_images()) {
    INFO(image.ji);
    const auto source = open_file(image.ji.string());
    const CacheFile file = read_cache_file(*source);
    const std::vector<BytePart> parts = byte_map({file, *source}).image;
    const std::string bytes = test::read_bytes(image.ji);
    REQUIRE(begins_with_text(bytes, place_of(parts, "modules provided"), file.worklist.at(0).name));
    REQUIRE(begins_with_text(bytes, place_of(parts, "dependency list"), file.dependencies.at(0).path));
    REQUIRE(begins_with_text(bytes, place_of(parts, "modules that must be loaded"),
                             file.required_modules.at(0).name));
    if (const Extent targets = place_of(parts, "processors compiled for"); file.is_split())
      REQUIRE(begins_with_text(bytes, targets, file.clone_targets));
    for (const SourceText& text : file.source_texts) {
      const Extent part = place_of(parts, text.path);
      REQUIRE(begins_with_text(bytes, part, text.path));
      REQUIRE(part.end() == text.text.end());
    }
    if (!file.is_split() && file.layout->has_aligned_payload() && !image.is_compressed())
      REQUIRE(place_of(parts, "symbols").size != 0);
  }
}

TEST_CASE("a library that is none is one part, and the map says so") {
  for (const test::CorpusImage& image : test::corpus_images()) {
    const auto source = open_file(image.ji.string());
    const CacheFile file = read_cache_file(*source);
    if (!file.is_split()) continue;
    const auto none = view_bytes("no library");
    const ByteMap map = byte_map({file, *source, none.get()});
    REQUIRE(map.library.size() == 1);
    REQUIRE(map.library[0].kind == PartKind::unknown);
    REQUIRE(map.library[0].extent.size == 10);
    REQUIRE(map.notes.size() == 1);
    return;
  }
  FAIL("the corpus has no split image");
}

}  // namespace jireloc
