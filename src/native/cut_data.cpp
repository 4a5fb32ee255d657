#include "native/cut_data.hpp"

#include <algorithm>

namespace jireloc::native {
namespace {

constexpr int kMostTries = 8;

bool overlaps(uint64_t begin, uint64_t size, uint64_t other_begin, uint64_t other_size) {
  return size != 0 && other_size != 0 && begin < other_begin + other_size && other_begin < begin + size;
}

bool holds(const Elf64_Shdr& section, const Elf64_Sym& data, uint64_t offset) {
  if (section.sh_type != SHT_PROGBITS || data.st_value < section.sh_addr) return false;
  const uint64_t before = data.st_value - section.sh_addr;
  return before <= section.sh_size && data.st_size <= section.sh_size - before &&
         section.sh_offset + before == offset;
}

bool has_bytes(const Elf64_Shdr& section) {
  return section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS;
}

// Whether nothing but the section of the data and one segment that is loaded has a share in the cut.
bool is_alone(const ElfTables& tables, const Elf64_Sym& data, const Cut& cut) {
  if (cut.size == 0) return false;
  const Elf64_Shdr& own = tables.sections.at(data.st_shndx);
  for (const Elf64_Shdr& section : tables.sections)
    if (&section != &own && has_bytes(section) &&
        overlaps(section.sh_offset, section.sh_size, cut.begin, cut.size))
      return false;
  int loads = 0;
  for (const Elf64_Phdr& segment : tables.segments) {
    const bool in_file = overlaps(segment.p_offset, segment.p_filesz, cut.begin, cut.size);
    const bool in_memory = overlaps(segment.p_vaddr, segment.p_memsz, data.st_value, cut.size);
    if (!in_file && !in_memory) continue;
    const bool whole = segment.p_offset <= cut.begin && cut.end() <= segment.p_offset + segment.p_filesz &&
                       segment.p_filesz <= segment.p_memsz;
    if (segment.p_type != PT_LOAD || !whole) return false;
    ++loads;
  }
  return loads == 1;
}

// As tools look for it (check_sections, src/elflint.c of elfutils): by the offset that is recorded, also of a
// section without bytes, in the first segment that could hold it.
bool is_found(const Elf64_Shdr& section, const std::vector<Elf64_Phdr>& segments) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_offset > section.sh_offset ||
        section.sh_offset >= segment.p_offset + segment.p_memsz)
      continue;
    const bool in_file = section.sh_offset < segment.p_offset + segment.p_filesz;
    return section.sh_offset + section.sh_size <= segment.p_offset + segment.p_memsz &&
           in_file == (section.sh_type != SHT_NOBITS);
  }
  return false;
}

bool is_well_placed(const ElfTables& tables, const Elf64_Sym& data, const Cut& cut) {
  const std::vector<Elf64_Phdr> segments = cut_segments(tables.segments, cut);
  const std::vector<Elf64_Shdr> sections = cut_sections(tables.sections, data, cut);
  if (sections.size() == tables.sections.size()) return false;  // a segment without any section
  for (size_t k = 0; k < tables.sections.size(); ++k)
    if (k != data.st_shndx && is_found(tables.sections[k], tables.segments) &&
        !is_found(sections[k], segments))
      return false;
  return true;
}

}  // namespace

Cut find_cut(const ElfTables& tables, const Elf64_Sym& data, uint64_t offset, uint64_t page) {
  const Elf64_Shdr& own = tables.sections.at(data.st_shndx);
  if (offset < sizeof(Elf64_Ehdr) || !holds(own, data, offset)) return {};
  Cut cut{offset, data.st_size / page * page};
  if (!is_alone(tables, data, cut)) return {};
  // A page or two less may be needed for the places of sections that have no bytes.
  for (int tries = 0; tries < kMostTries && cut.size != 0; ++tries, cut.size -= page)
    if (is_well_placed(tables, data, cut)) return cut;
  return {};
}

std::vector<Elf64_Phdr> cut_segments(std::vector<Elf64_Phdr> segments, const Cut& cut) {
  std::vector<Elf64_Phdr> result;
  for (const Elf64_Phdr& segment : segments) {
    Elf64_Phdr behind = segment;
    const uint64_t end = segment.p_offset + segment.p_filesz;
    const bool parted = cut.size != 0 && segment.p_type == PT_LOAD && segment.p_offset <= cut.begin &&
                        cut.end() <= end && segment.p_filesz != 0;
    if (!parted) {
      behind.p_offset = cut.moved(segment.p_offset);
      result.push_back(behind);
      continue;
    }
    Elf64_Phdr before = segment;
    before.p_filesz = before.p_memsz = cut.begin - segment.p_offset;
    if (before.p_memsz != 0) result.push_back(before);
    const uint64_t skipped = cut.end() - segment.p_offset;
    behind.p_offset = cut.begin;
    behind.p_vaddr += skipped;
    behind.p_paddr += skipped;
    behind.p_filesz -= skipped;
    behind.p_memsz -= skipped;
    if (behind.p_memsz != 0) result.push_back(behind);
  }
  return result;
}

std::vector<Elf64_Shdr> cut_sections(std::vector<Elf64_Shdr> sections, const Elf64_Sym& data,
                                     const Cut& cut) {
  if (cut.size == 0) return sections;
  Elf64_Shdr& own = sections.at(data.st_shndx);
  Elf64_Shdr rest = own;
  const uint64_t skipped = data.st_value + cut.size - own.sh_addr;
  rest.sh_addr += skipped;
  rest.sh_offset += skipped;
  rest.sh_size -= skipped;
  rest.sh_addralign = std::min(own.sh_addralign, rest.sh_addr & (~rest.sh_addr + 1));
  own.sh_size = data.st_value - own.sh_addr;
  if (rest.sh_size != 0) sections.push_back(rest);
  for (Elf64_Shdr& section : sections) section.sh_offset = cut.moved(section.sh_offset);
  return sections;
}

}  // namespace jireloc::native
