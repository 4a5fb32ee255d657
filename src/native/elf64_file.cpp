#include "native/elf64_file.hpp"

#include <fmt/format.h>

#include "jireloc/error.hpp"

namespace jireloc::native {

Elf64File::Elf64File(const ByteSource& library) : library_(library) {
  const std::string head = bytes_at(0, sizeof header_, "the header");
  std::memcpy(&header_, head.data(), sizeof header_);
  if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64 ||
      header_.e_ident[EI_DATA] != ELFDATA2LSB)
    refuse("it is no ELF library of 64 bits");
  if (header_.e_machine != EM_X86_64 && header_.e_machine != EM_AARCH64)
    refuse("it was built for another processor than x86-64 and aarch64");
  if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_shentsize != sizeof(Elf64_Shdr) ||
      header_.e_shnum == 0 || header_.e_shnum >= SHN_LORESERVE - 2 || header_.e_phnum >= PN_XNUM - 2)
    refuse("its tables have an unusual form");
  tables_.segments = table<Elf64_Phdr>(header_.e_phoff, header_.e_phnum, "the segment table");
  tables_.sections = table<Elf64_Shdr>(header_.e_shoff, header_.e_shnum, "the section table");
}

void Elf64File::refuse(const std::string& why) const {
  throw Error(ErrorKind::unsupported, "the native library cannot get longer image data: " + why,
              library_.name());
}

std::string Elf64File::bytes_at(uint64_t offset, uint64_t size, std::string_view what) const {
  if (offset > library_.size() || size > library_.size() - offset)
    throw Error(ErrorKind::bad_offset, fmt::format("{} of the library lies outside the file", what),
                library_.name(), offset);
  if (size > kLargestTable)
    throw Error(ErrorKind::too_large, fmt::format("{} of the library has {} bytes", what, size),
                library_.name(), offset);
  return library_.read_string(offset, size);
}

std::optional<Elf64_Sym> Elf64File::find(std::string_view name) const {
  std::optional<Elf64_Sym> found;
  for_each_symbol([&](const Elf64_Sym& symbol, std::string_view its_name, uint64_t) {
    if (!found && its_name == name) found = symbol;
  });
  return found;
}

Elf64_Sym Elf64File::symbol(std::string_view name) const {
  const auto found = find(name);
  if (!found) refuse(fmt::format("it has no {}", name));
  return *found;
}

uint64_t Elf64File::file_offset(uint64_t address, uint64_t size) const {
  for (const Elf64_Phdr& segment : tables_.segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const uint64_t inside = address - segment.p_vaddr;
    if (inside <= segment.p_filesz && size <= segment.p_filesz - inside) return segment.p_offset + inside;
  }
  throw Error(ErrorKind::bad_offset, fmt::format("the library's file does not hold address {:#x}", address),
              library_.name());
}

void Elf64File::require_no_relocation_into(const Elf64_Sym& data) const {
  const auto in_data = [&](uint64_t address) {
    return address >= data.st_value && address - data.st_value < data.st_size;
  };
  const uint32_t relative = header_.e_machine == EM_X86_64 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE;
  for (const Elf64_Shdr& section : tables_.sections) {
    if (section.sh_type == SHT_REL || section.sh_type == SHT_RELR)
      refuse("it holds relocations of a kind that Julia does not write");
    if (section.sh_type != SHT_RELA) continue;
    for (const Elf64_Rela& relocation :
         table<Elf64_Rela>(section.sh_offset, section.sh_size / sizeof(Elf64_Rela), "a relocation table")) {
      const bool leads_there =
          ELF64_R_TYPE(relocation.r_info) == relative && in_data(static_cast<uint64_t>(relocation.r_addend));
      if (leads_there || in_data(relocation.r_offset)) refuse("a relocation leads into the old image data");
    }
  }
}

}  // namespace jireloc::native
