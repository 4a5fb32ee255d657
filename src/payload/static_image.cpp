#include "payload/static_image.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "bytes/reader.hpp"
#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"
#include "payload/objects.hpp"

namespace jireloc::payload {
namespace {

using bytes::ByteReader;

// jl_write_offsetlist: differences in groups of seven bits, lowest first; zero ends the list.
std::vector<uint64_t> read_offsets(ByteReader& in) {
  std::vector<uint64_t> offsets;
  for (uint64_t position = 0;;) {
    uint64_t difference = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t group = in.u8("a relocation");
      if (shift > 56) in.fail(ErrorKind::bad_value, "a relocation leads too far", in.offset());
      difference |= uint64_t{group & 0x7Fu} << shift;
      if ((group & 0x80) == 0) break;
    }
    if (difference == 0) return offsets;
    position += difference;
    offsets.push_back(position);
  }
}

std::vector<uint64_t> read_words(ByteReader& in) {
  const uint64_t count = in.u64("the length of a list");
  if (count > in.remaining() / kWord) in.fail(ErrorKind::bad_length, "a list is too long", in.offset());
  std::vector<uint64_t> words;
  words.reserve(count);
  for (uint64_t k = 0; k < count; ++k) words.push_back(in.u64("an entry of a list"));
  return words;
}

struct Relocations {
  std::vector<uint64_t> tags, pointers, fixups;
  bool has_memory_lists = false;
};

// Types' positions, pointers' positions, (1.11 and later: those in memory objects, twice), uniquing types and
// objects, fixup types and objects.
std::optional<Relocations> read_relocations(std::string_view section, bool memory_lists) {
  try {
    ByteReader in(section);
    Relocations relocations;
    relocations.has_memory_lists = memory_lists;
    relocations.tags = read_offsets(in);
    relocations.pointers = read_offsets(in);
    if (memory_lists) {
      read_offsets(in);
      read_offsets(in);
    }
    for (int k = 0; k < 3; ++k) read_words(in);
    relocations.fixups = read_words(in);
    if (!in.at_end()) return std::nullopt;
    return relocations;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// `lists` follow the roots; read_sections has walked over them.
bool has_link_ids(std::string_view lists) {
  ByteReader in(lists);
  for (int k = 0; k < kLinkLists; ++k)
    if (in.u32("the length of a list of link ids") != 0) return true;
  return false;
}

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::bad_value, std::string("the payload's references cannot be followed: ") + what);
}

void require_inside(const std::vector<uint64_t>& positions, const Extent& section, const char* what) {
  for (const uint64_t at : positions)
    if (at < section.offset + kWord || at > section.end() || section.end() - at < kWord) fail(what);
}

}  // namespace

uint64_t StaticImage::word(uint64_t at) const {
  if (at > bytes.size() || bytes.size() - at < kWord) fail("a word lies outside of it");
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, kWord);
  return value;
}

bool StaticImage::is_pointer(uint64_t at) const {
  return std::binary_search(pointers.begin(), pointers.end(), at);
}

bool StaticImage::is_tag(uint64_t at) const {
  return std::binary_search(tags.begin(), tags.end(), at);
}

StaticImage read_static_image(std::string_view bytes, const Layout& layout) {
  StaticImage image;
  image.bytes = bytes;
  image.layout = &layout;
  const auto source = view_bytes(image.bytes, "payload");
  bytes::RandomReader reader(*source, {0, image.bytes.size()});
  const Sections sections = read_sections(reader, kWord, layout);
  const auto extent = [&](SectionKind kind) {
    return sections.sections.at(static_cast<size_t>(kind)).extent;
  };
  image.sysdata = {0, extent(SectionKind::sysdata).end()};
  image.const_data = extent(SectionKind::const_data);
  image.symbols = extent(SectionKind::symbols);
  image.relocations = extent(SectionKind::relocations);
  image.gvars = extent(SectionKind::gvars);
  image.fptrs = extent(SectionKind::fptrs);
  image.const_alignment = sections.const_alignment;
  image.roots = extent(SectionKind::roots).offset;
  const std::string_view lists = bytes.substr(image.relocations.offset, image.relocations.size);
  auto two = read_relocations(lists, false), four = read_relocations(lists, true);
  if (two.has_value() == four.has_value()) fail("its relocations fit no known form");
  Relocations& relocations = two ? *two : *four;
  image.tags = std::move(relocations.tags);
  image.pointers = std::move(relocations.pointers);
  image.fixups = std::move(relocations.fixups);
  image.has_memory_lists = relocations.has_memory_lists;
  require_inside(image.pointers, image.sysdata, "a pointer lies outside of its section");
  require_inside(image.fixups, image.sysdata, "an object lies outside of its section");
  image.root_count = sections.roots.roots;
  image.has_link_ids = has_link_ids(bytes.substr(image.roots + image.root_count * kWord));
  return image;
}

}  // namespace jireloc::payload
