// An ELF library of 64 bits as it lies in a file, with the structures of <elf.h>: for a change of it.
#pragma once

#include <elf.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "native/cut_data.hpp"
#include "native/library.hpp"

namespace jireloc::native {

class Elf64File {
 public:
  // Throws Error: unsupported for another library than one for x86-64 and aarch64, or of a form that no
  // linker gives it; for damaged ones truncated, bad_offset, too_large.
  explicit Elf64File(const ByteSource& library);

  const Elf64_Ehdr& header() const { return header_; }
  const ElfTables& tables() const { return tables_; }

  // The first defined symbol of that name.
  std::optional<Elf64_Sym> find(std::string_view name) const;
  // The same; refuses a library without it.
  Elf64_Sym symbol(std::string_view name) const;
  // Where what a program finds at `address` lies in the file; throws Error (bad_offset) where it does not.
  uint64_t file_offset(uint64_t address, uint64_t size) const;
  // Code finds the data by its symbol alone (dlsym); refuses a library in which anything else leads there.
  void require_no_relocation_into(const Elf64_Sym& data) const;

  // Calls `use` with each defined symbol, its name, and its offset in the file.
  template <typename Use>
  void for_each_symbol(Use use) const {
    for (const Elf64_Shdr& section : tables_.sections) {
      if (!has_symbols(section) || section.sh_link >= tables_.sections.size()) continue;
      const auto symbols =
          table<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym), "a symbol table");
      const Elf64_Shdr& strings = tables_.sections[section.sh_link];
      const std::string names = bytes_at(strings.sh_offset, strings.sh_size, "a string table");
      for (size_t k = 0; k < symbols.size(); ++k)
        if (symbols[k].st_name < names.size() && symbols[k].st_shndx != SHN_UNDEF)
          use(symbols[k], std::string_view(names.c_str() + symbols[k].st_name),
              section.sh_offset + k * sizeof(Elf64_Sym));
    }
  }

  // Throws Error (unsupported).
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  static bool has_symbols(const Elf64_Shdr& section) {
    return section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB;
  }
  std::string bytes_at(uint64_t offset, uint64_t size, std::string_view what) const;
  template <typename T>
  std::vector<T> table(uint64_t offset, uint64_t count, std::string_view what) const {
    if (count > kLargestTable / sizeof(T)) refuse(std::string(what) + " is too large");
    const std::string bytes = bytes_at(offset, count * sizeof(T), what);
    std::vector<T> entries(count);
    if (count > 0) std::memcpy(entries.data(), bytes.data(), bytes.size());  // an empty vector has no data
    return entries;
  }

  const ByteSource& library_;
  Elf64_Ehdr header_{};
  ElfTables tables_;
};

}  // namespace jireloc::native
