// Names in line tables that get longer.
#include "native/debug_lines.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "jireloc/error.hpp"
#include "support/corpus.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

const std::string kOld = "/home/pkgeval/.julia", kNew = "/a/place/that/is/much/longer/than/the/old/one";

std::string leaf_library() {
  for (const CorpusImage& image : corpus_images())
    if (image.folder == "1.12.5-split" && image.ji.parent_path().filename() == "Leaf")
      return read_bytes(std::filesystem::path(image.ji).replace_extension(".so"));
  throw std::runtime_error("the corpus has no such image");
}

Extent extent_of(const native::Library& library, std::string_view name) {
  const auto found = std::find_if(library.sections.begin(), library.sections.end(),
                                  [&](const native::Section& each) { return each.name == name; });
  REQUIRE(found != library.sections.end());
  return found->extent;
}

struct Lines {
  explicit Lines(std::string content)
      : bytes(std::move(content)),
        source(view_bytes(bytes, "leaf.so")),
        library(native::read_library(*source)) {
    const Extent lines = extent_of(library, ".debug_line");
    for (size_t at = bytes.find(kOld, lines.offset); at < lines.end(); at = bytes.find(kOld, at + 1))
      names.push_back({at, kOld.size(), kNew});
  }
  native::LongerLines longer() const { return native::lengthen_lines(*source, library, names); }
  std::string bytes;
  std::unique_ptr<ByteSource> source;
  native::Library library;
  std::vector<Splice> names;
};

std::string refusal(std::string bytes) {
  const Lines lines(std::move(bytes));
  try {
    (void)lines.longer();
  } catch (const Error& error) {
    CHECK(error.kind() != ErrorKind::io);
    return error.message();
  }
  return "accepted";
}

// The library with another number in a table's or unit's field.
std::string with_number(std::string bytes, const char* section, uint64_t at, uint16_t number) {
  const auto source = view_bytes(bytes, "leaf.so");
  const Extent extent = extent_of(native::read_library(*source), section);
  std::memcpy(bytes.data() + extent.offset + at, &number, sizeof number);
  return bytes;
}

}  // namespace

TEST_CASE("Names in line tables get longer, and units are told where their tables begin then") {
  const Lines lines(leaf_library());
  REQUIRE(lines.names.size() == 2);  // in two tables
  const native::LongerLines longer = lines.longer();
  const uint64_t more = kNew.size() - kOld.size();
  CHECK(longer.section.size() == longer.old_section.size + 2 * more);
  CHECK(longer.section.find(kOld) == std::string::npos);
  CHECK(longer.section.find(kNew + "/packages/Leaf") != std::string::npos);
  uint32_t first = 0, first_before = 0, second_at = 0;
  std::memcpy(&first_before, lines.bytes.data() + longer.old_section.offset, 4);
  std::memcpy(&first, longer.section.data(), 4);
  CHECK(first == first_before + more);
  REQUIRE(longer.mended.size() == 1);
  REQUIRE(longer.mended[0].bytes.size() == 4);
  std::memcpy(&second_at, longer.mended[0].bytes.data(), 4);
  CHECK(second_at == first + 4);
}

TEST_CASE("Line tables and units of a form that is not known are refused in those words") {
  const std::string good = leaf_library();
  CHECK(refusal(good) == "accepted");
  CHECK(refusal(with_number(good, ".debug_line", 4, 5)).find("of DWARF version 5") != std::string::npos);
  CHECK(refusal(with_number(good, ".debug_info", 4, 5)).find("a unit is of DWARF version 5") !=
        std::string::npos);
  CHECK(refusal(with_number(good, ".debug_line", 2, 0xFFFF)) != "accepted");  // its size
  CHECK(refusal(with_number(good, ".debug_line", 6, 3)).find("another length") != std::string::npos);
  CHECK(refusal(with_number(good, ".debug_info", 22, 7)).find("that is none") != std::string::npos);
  Lines beside(good);
  beside.names[0].offset -= 2;  // begins before the name
  CHECK_THROWS_AS(beside.longer(), Error);
}
