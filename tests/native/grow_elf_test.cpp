// Libraries whose image data gets longer: what becomes of the place where the old data was.
#include "native/grow_elf.hpp"

#include <elf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "jireloc/payload.hpp"
#include "native/library.hpp"
#include "support/library_builder.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr size_t kPage = 4096;
const std::string kHead = "the header", kNew(5 * kPage, 'n');

template <typename T>
std::vector<T> table(const std::string& bytes, uint64_t at, size_t count) {
  std::vector<T> entries(count);
  REQUIRE(at + count * sizeof(T) <= bytes.size());
  std::memcpy(entries.data(), bytes.data() + at, count * sizeof(T));
  return entries;
}

struct Elf {
  explicit Elf(std::string content) : bytes(std::move(content)) {
    header = table<Elf64_Ehdr>(bytes, 0, 1)[0];
    segments = table<Elf64_Phdr>(bytes, header.e_phoff, header.e_phnum);
    sections = table<Elf64_Shdr>(bytes, header.e_shoff, header.e_shnum);
  }
  // What a loader finds at an address.
  std::string at_address(uint64_t address, uint64_t size) const {
    for (const Elf64_Phdr& segment : segments)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
          address + size <= segment.p_vaddr + segment.p_filesz)
        return bytes.substr(segment.p_offset + (address - segment.p_vaddr), size);
    return "not loaded";
  }
  std::string bytes;
  Elf64_Ehdr header{};
  std::vector<Elf64_Phdr> segments;
  std::vector<Elf64_Shdr> sections;
};

std::string old_data() {
  std::string data;
  for (size_t k = 0; data.size() < 3 * kPage + 100; ++k) data += "old " + std::to_string(k);
  return data.substr(0, 3 * kPage + 100);
}

Elf grow(const std::string& library) {
  const auto source = view_bytes(library, "library.so");
  const std::vector<Splice> splices = native::grow_image_data(*source, kHead, kNew);
  const auto after = spliced_source(*source, {0, library.size()}, splices);
  return Elf(after->read_string(0, after->size()));
}

std::string library_with(const std::string& data) {
  ElfBuilder elf;
  elf.image_data = data;
  elf.sections = {{".other", "what else is loaded"}};
  return elf.bytes();
}

std::string image_data_of(const Elf& elf) {
  const auto source = view_bytes(elf.bytes, "library.so");
  const auto extent = native::read_library(*source).image_data;
  REQUIRE(extent);
  return source->read_string(extent->offset, extent->size);
}

}  // namespace

TEST_CASE(
    "Whole pages of the old image data go from the file, and what is loaded behind it keeps its address") {
  const Elf before(library_with(old_data()));
  const Elf after = grow(before.bytes);
  CHECK(image_data_of(after) == kHead + kNew);
  CHECK(after.bytes.find("old ") == std::string::npos);
  CHECK(after.bytes.size() < before.bytes.size() - 3 * kPage + kNew.size() + 2 * kPage);
  for (const Elf64_Shdr& section : before.sections) {
    if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS || section.sh_addr == 0) continue;
    if (section.sh_size == old_data().size()) continue;
    const std::string content = before.at_address(section.sh_addr, section.sh_size);
    if (section.sh_type == SHT_PROGBITS && section.sh_size != 8)
      CHECK(after.at_address(section.sh_addr, section.sh_size) == content);
    const auto same =
        std::find_if(after.sections.begin(), after.sections.end(), [&](const Elf64_Shdr& other) {
          return other.sh_addr == section.sh_addr && other.sh_type == section.sh_type;
        });
    REQUIRE(same != after.sections.end());
    if (section.sh_type == SHT_PROGBITS && section.sh_size != 8)
      CHECK(after.bytes.substr(same->sh_offset, same->sh_size) == content);
  }
  for (const Elf64_Phdr& segment : after.segments) {
    CHECK(segment.p_offset % kPage == segment.p_vaddr % kPage);
    CHECK(segment.p_offset + segment.p_filesz <= after.bytes.size());
  }
}

TEST_CASE("Old image data of less than a page, or in which another section has a share, becomes zeros") {
  const std::string small = old_data().substr(0, kPage - 1);
  const Elf after = grow(library_with(small));
  CHECK(image_data_of(after) == kHead + kNew);
  CHECK(after.bytes.find("old ") == std::string::npos);

  const Elf plain(library_with(old_data()));
  std::string shared = plain.bytes;
  for (size_t k = 0; k < plain.sections.size(); ++k) {
    Elf64_Shdr section = plain.sections[k];
    if (section.sh_type != SHT_PROGBITS || shared.compare(section.sh_offset, 4, "what") != 0) continue;
    section.sh_offset = plain.sections[1].sh_offset + kPage;
    std::memcpy(shared.data() + plain.header.e_shoff + k * sizeof section, &section, sizeof section);
  }
  REQUIRE(shared != plain.bytes);
  const Elf whole = grow(shared);
  CHECK(image_data_of(whole) == kHead + kNew);
  CHECK(whole.bytes.find("old ") == std::string::npos);
  CHECK(whole.bytes.size() > shared.size() + kNew.size());
}

TEST_CASE("What lies behind the old image data in its section is a section of its own then") {
  ElfBuilder elf;
  elf.image_data = old_data() + "and a word behind";
  elf.image_size = old_data().size();
  std::string library = elf.bytes();
  // The symbol ends where the data does.
  const Elf before(library);
  for (const Elf64_Shdr& section : before.sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    for (uint64_t at = section.sh_offset; at < section.sh_offset + section.sh_size; at += sizeof(Elf64_Sym)) {
      auto symbol = table<Elf64_Sym>(library, at, 1)[0];
      if (symbol.st_size != elf.image_data.size()) continue;
      symbol.st_size = old_data().size();
      std::memcpy(library.data() + at, &symbol, sizeof symbol);
    }
  }
  const Elf after = grow(library);
  CHECK(image_data_of(after) == kHead + kNew);
  const uint64_t address = before.sections[1].sh_addr + old_data().size();
  CHECK(after.at_address(address, 17) == "and a word behind");
  const auto rest =
      std::find_if(after.sections.begin(), after.sections.end(), [&](const Elf64_Shdr& section) {
        return section.sh_addr < address && address + 17 == section.sh_addr + section.sh_size;
      });
  REQUIRE(rest != after.sections.end());
  CHECK(after.bytes.substr(rest->sh_offset, rest->sh_size) ==
        std::string(rest->sh_size - 17, '\0') + "and a word behind");
}
