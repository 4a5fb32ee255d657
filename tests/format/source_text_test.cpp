#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "jireloc/cache_file.hpp"
#include "support/corpus.hpp"

using namespace jireloc;

namespace {

std::string name_of(size_t number) {
  return fmt::format("/home/u/src/{:05}.jl", number);
}

// A real image with `count` texts instead of its own, each saying its number.
CacheFile with_texts(size_t count) {
  const auto images = test::corpus_images();
  CacheFile file = read_cache_file(*open_file(images.front().ji.string()));
  std::string section;
  std::vector<std::string> names;
  file.source_texts.clear();
  for (size_t i = 0; i < count; ++i) {
    const std::string text = fmt::format("text {}", i);
    names.push_back(name_of(i));
    file.source_texts.push_back({names.back(), {file.srctextpos + section.size(), text.size()}});
    section += text;
  }
  file.source_section = std::make_shared<const std::string>(section);
  place(file, names);
  return file;
}

}  // namespace

TEST_CASE("a stored text is found by its name, among few and among many, in copies too") {
  for (const size_t count : {1, 31, 32, 1000}) {
    const CacheFile original = with_texts(count);
    const CacheFile file = original;
    INFO(count << " texts");
    CHECK((file.text_numbers != nullptr) == (count >= 32));
    for (size_t i = 0; i < count; ++i) {
      const SourceText* found = file.find_source_text(name_of(i));
      REQUIRE(found != nullptr);
      CHECK(file.text(*found) == fmt::format("text {}", i));
    }
    CHECK(file.find_source_text(name_of(count)) == nullptr);
    CHECK(file.find_source_text("") == nullptr);
  }
}

TEST_CASE("after renaming, texts are found by their new names and not by the old ones") {
  CacheFile file = with_texts(100);
  std::vector<std::string> names;
  for (size_t i = 0; i < 100; ++i) names.push_back("/elsewhere" + name_of(i));
  place(file, names);
  for (size_t i = 0; i < 100; ++i) {
    REQUIRE(file.find_source_text(names[i]) != nullptr);
    CHECK(file.text(*file.find_source_text(names[i])) == fmt::format("text {}", i));
    CHECK(file.find_source_text(name_of(i)) == nullptr);
  }
}

TEST_CASE("of two texts of one name the first is found") {
  CacheFile file = with_texts(40);
  std::vector<std::string> names(40, "/same.jl");
  place(file, names);
  REQUIRE(file.find_source_text("/same.jl") != nullptr);
  CHECK(file.text(*file.find_source_text("/same.jl")) == "text 0");
}
