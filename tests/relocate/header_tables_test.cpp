// What headers say, as numbers in tables.
#include "relocate/header_tables.hpp"

#include <catch2/catch.hpp>

#include "relocate/step_map.hpp"
#include "support/corpus.hpp"

using namespace jireloc;
using namespace jireloc::relocating;

namespace {

template <typename Thing>
std::vector<Thing> told(const std::vector<Thing>& table, const std::vector<uint32_t>& numbers) {
  std::vector<Thing> things;
  for (const uint32_t number : numbers) things.push_back(table.at(number));
  return things;
}

std::vector<std::string> list(const std::set<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

TEST_CASE("the numbers of a header stand for what is in it") {
  HeaderNumbering numbering{HeaderTables()};
  std::vector<CacheFile> files;
  std::vector<NumberedHeader> headers;
  for (const test::CorpusImage& image : test::corpus_images()) {
    files.push_back(read_cache_file(*open_file(image.ji.string()), {.depth = ReadDepth::header}));
    headers.push_back(numbering.number(files.back()));
  }
  REQUIRE(!files.empty());
  const HeaderTables tables = numbering.tables();
  for (size_t i = 0; i < files.size(); ++i) {
    Prefix prefix = files[i].prefix;
    prefix.image_flags = 0;
    CHECK(tables.prefixes.at(headers[i].prefix) == prefix);
    CHECK(told(tables.modules, headers[i].provides) == provided_by(files[i]));
    CHECK(told(tables.modules, headers[i].needs) == files[i].required_modules);
    RecordedPlaces places;
    places.note(files[i]);
    CHECK(told(tables.depots, headers[i].depots) == list(places.depots));
    CHECK(told(tables.stdlibs, headers[i].stdlibs) == list(places.stdlibs));
  }
  HeaderNumbering again(tables);
  for (size_t i = files.size(); i-- > 0;) CHECK(again.number(files[i]) == headers[i]);
  CHECK(again.tables() == tables);
}
