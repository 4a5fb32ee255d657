// What of old image data an ELF library of 64 bits can lose, and its tables without it.
#pragma once

#include <elf.h>

#include <cstdint>
#include <vector>

namespace jireloc::native {

struct ElfTables {
  std::vector<Elf64_Phdr> segments;
  std::vector<Elf64_Shdr> sections;
};

// A part of the file that goes; what is behind it moves forward, and no address changes.
struct Cut {
  uint64_t begin = 0, size = 0;
  uint64_t end() const { return begin + size; }
  // Where what was at `offset` is then.
  uint64_t moved(uint64_t offset) const { return offset >= end() ? offset - size : offset; }
};

// As many whole pages from the beginning of `data` as can go: all, or a page or two less; nothing (size 0)
// where anything but one section and one segment for loading has a share in them. `offset`: of the data in
// the file.
Cut find_cut(const ElfTables& tables, const Elf64_Sym& data, uint64_t offset, uint64_t page);

// The segments after the cut: the one that held the data in two parts, or in one where nothing is left of the
// other. Precondition: as find_cut has found it.
std::vector<Elf64_Phdr> cut_segments(std::vector<Elf64_Phdr> segments, const Cut& cut);

// The sections after the cut: that of the data ends before it. What is left of it behind the cut, if
// anything, is one of its own, at the end.
std::vector<Elf64_Shdr> cut_sections(std::vector<Elf64_Shdr> sections, const Elf64_Sym& data, const Cut& cut);

}  // namespace jireloc::native
