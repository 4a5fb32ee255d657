#include "native/grow_elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"

namespace jireloc::native {
namespace {

constexpr std::string_view kData = "jl_system_image_data", kSize = "jl_system_image_size",
                           kChecksum = "jl_system_image_checksum";
constexpr uint64_t kDataAlignment = 64;  // JL_CACHE_BYTE_ALIGNMENT
constexpr uint64_t kLargestTable = uint64_t{256} << 20;
constexpr uint64_t kLargestAlignment = uint64_t{1} << 30;

uint64_t aligned(uint64_t at, uint64_t alignment) {
  return (at + alignment - 1) / alignment * alignment;
}

template <typename T>
std::string bytes_of(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

class Grower {
 public:
  Grower(const ByteSource& library, std::string image_data, ImageChecksum checksum)
      : library_(library), data_(std::move(image_data)), checksum_(checksum) {}

  std::vector<Splice> grow() {
    read();
    require_no_reference_into_old_data();
    plan();
    move_symbols();
    set_words();
    splices_.push_back({old_offset_, old_.st_size, {}, old_.st_size});
    append();
    write_head();
    std::stable_sort(splices_.begin(), splices_.end(),
                     [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
    return std::move(splices_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::unsupported, "the native library cannot get longer image data: " + why,
                library_.name());
  }

  std::string bytes_at(uint64_t offset, uint64_t size, const char* what) const {
    if (offset > library_.size() || size > library_.size() - offset)
      throw Error(ErrorKind::bad_offset, fmt::format("{} of the library lies outside the file", what),
                  library_.name(), offset);
    if (size > kLargestTable)
      throw Error(ErrorKind::too_large, fmt::format("{} of the library has {} bytes", what, size),
                  library_.name(), offset);
    return library_.read_string(offset, size);
  }

  template <typename T>
  std::vector<T> table(uint64_t offset, uint64_t count, const char* what) const {
    if (count > kLargestTable / sizeof(T)) refuse(fmt::format("{} is too large", what));
    const std::string bytes = bytes_at(offset, count * sizeof(T), what);
    std::vector<T> entries(count);
    std::memcpy(entries.data(), bytes.data(), bytes.size());
    return entries;
  }

  void read() {
    const std::string head = bytes_at(0, sizeof header_, "the header");
    std::memcpy(&header_, head.data(), sizeof header_);
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64 ||
        header_.e_ident[EI_DATA] != ELFDATA2LSB)
      refuse("it is no ELF library of 64 bits");
    if (header_.e_machine != EM_X86_64 && header_.e_machine != EM_AARCH64)
      refuse("it was built for another processor than x86-64 and aarch64");
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_shentsize != sizeof(Elf64_Shdr) ||
        header_.e_shnum == 0 || header_.e_shnum >= SHN_LORESERVE - 1 || header_.e_phnum >= PN_XNUM - 1)
      refuse("its tables have an unusual form");
    segments_ = table<Elf64_Phdr>(header_.e_phoff, header_.e_phnum, "the segment table");
    sections_ = table<Elf64_Shdr>(header_.e_shoff, header_.e_shnum, "the section table");
    const auto symbol = find(kData);
    if (!symbol) refuse("it has no jl_system_image_data");
    old_ = *symbol;
    old_offset_ = file_offset(old_.st_value, old_.st_size);
    if (old_.st_shndx == SHN_UNDEF || old_.st_shndx >= sections_.size())
      refuse("its jl_system_image_data lies in no section");
  }

  static bool has_symbols(const Elf64_Shdr& section) {
    return section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB;
  }

  // Calls `use` with each symbol of that name and its offset in the file.
  template <typename Use>
  void for_each_symbol(std::string_view name, Use use) const {
    for (const Elf64_Shdr& section : sections_) {
      if (!has_symbols(section) || section.sh_link >= sections_.size()) continue;
      const auto symbols =
          table<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym), "a symbol table");
      const Elf64_Shdr& strings = sections_[section.sh_link];
      const std::string names = bytes_at(strings.sh_offset, strings.sh_size, "a string table");
      for (size_t k = 0; k < symbols.size(); ++k) {
        if (symbols[k].st_name >= names.size() || symbols[k].st_shndx == SHN_UNDEF) continue;
        if (names.c_str() + symbols[k].st_name == name)
          use(symbols[k], section.sh_offset + k * sizeof(Elf64_Sym));
      }
    }
  }

  std::optional<Elf64_Sym> find(std::string_view name) const {
    std::optional<Elf64_Sym> found;
    for_each_symbol(name, [&](const Elf64_Sym& symbol, uint64_t) {
      if (!found) found = symbol;
    });
    return found;
  }

  uint64_t file_offset(uint64_t address, uint64_t size) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      const uint64_t inside = address - segment.p_vaddr;
      if (inside <= segment.p_filesz && size <= segment.p_filesz - inside) return segment.p_offset + inside;
    }
    throw Error(ErrorKind::bad_offset, fmt::format("the library's file does not hold address {:#x}", address),
                library_.name());
  }

  bool in_old_data(uint64_t address) const {
    return address >= old_.st_value && address - old_.st_value < old_.st_size;
  }

  // Code finds the data by its symbol alone (dlsym); nothing else may lead there.
  void require_no_reference_into_old_data() const {
    const uint32_t relative = header_.e_machine == EM_X86_64 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE;
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type == SHT_REL || section.sh_type == SHT_RELR)
        refuse("it holds relocations of a kind that Julia does not write");
      if (section.sh_type != SHT_RELA) continue;
      for (const Elf64_Rela& relocation :
           table<Elf64_Rela>(section.sh_offset, section.sh_size / sizeof(Elf64_Rela), "a relocation table")) {
        const bool leads_there = ELF64_R_TYPE(relocation.r_info) == relative &&
                                 in_old_data(static_cast<uint64_t>(relocation.r_addend));
        if (leads_there || in_old_data(relocation.r_offset))
          refuse("a relocation leads into the old image data");
      }
    }
  }

  // Where all of the new goes: behind the file, and behind all addresses.
  void plan() {
    uint64_t page = 1, end = 0;
    last_load_ = segments_.size();
    for (size_t k = 0; k < segments_.size(); ++k) {
      if (segments_[k].p_type != PT_LOAD) continue;
      page = std::max<uint64_t>(page, segments_[k].p_align);
      end = std::max<uint64_t>(end, segments_[k].p_vaddr + segments_[k].p_memsz);
      last_load_ = k;
    }
    if (last_load_ == segments_.size() || page > kLargestAlignment || (page & (page - 1)) != 0)
      refuse("its segments have an unusual form");
    const uint64_t own = sections_[old_.st_shndx].sh_addralign;
    const uint64_t data_alignment = std::max<uint64_t>(kDataAlignment, own);
    if (data_alignment > page) refuse("its image data are aligned to more than a page");
    segment_offset_ = aligned(library_.size(), page);
    segment_address_ = aligned(end, page);
    data_in_segment_ = aligned((segments_.size() + 1) * sizeof(Elf64_Phdr), data_alignment);
    page_ = page;
    data_alignment_ = data_alignment;
  }

  uint64_t data_address() const { return segment_address_ + data_in_segment_; }

  void move_symbols() {
    for_each_symbol(kData, [&](Elf64_Sym symbol, uint64_t at) {
      symbol.st_value = data_address();
      symbol.st_size = data_.size();
      symbol.st_shndx = header_.e_shnum;  // the new section
      splices_.push_back({at, sizeof symbol, bytes_of(symbol)});
    });
  }

  void set_words() {
    const auto size = find(kSize);
    if (!size) refuse("it has no jl_system_image_size");
    splices_.push_back({file_offset(size->st_value, 8), 8, bytes_of(uint64_t{data_.size()})});
    if (checksum_ == ImageChecksum::stays) return;
    if (const auto checksum = find(kChecksum))
      splices_.push_back({file_offset(checksum->st_value, 4), 4, bytes_of(crc32c::value(data_))});
  }

  std::string new_segment_table() const {
    std::vector<Elf64_Phdr> segments = segments_;
    const uint64_t table_size = (segments.size() + 1) * sizeof(Elf64_Phdr);
    for (Elf64_Phdr& segment : segments) {
      if (segment.p_type != PT_PHDR) continue;
      segment.p_offset = segment_offset_;
      segment.p_vaddr = segment.p_paddr = segment_address_;
      segment.p_filesz = segment.p_memsz = table_size;
    }
    Elf64_Phdr load{};
    load.p_type = PT_LOAD;
    load.p_flags = PF_R | PF_W;
    load.p_offset = segment_offset_;
    load.p_vaddr = load.p_paddr = segment_address_;
    load.p_filesz = load.p_memsz = data_in_segment_ + data_.size();
    load.p_align = page_;
    segments.insert(segments.begin() + static_cast<std::ptrdiff_t>(last_load_) + 1, load);
    std::string bytes(segments.size() * sizeof(Elf64_Phdr), '\0');
    std::memcpy(bytes.data(), segments.data(), bytes.size());
    return bytes;
  }

  std::string new_section_table() const {
    std::vector<Elf64_Shdr> sections = sections_;
    Elf64_Shdr data{};
    data.sh_name = sections_[old_.st_shndx].sh_name;
    data.sh_type = SHT_PROGBITS;
    data.sh_flags = SHF_ALLOC | SHF_WRITE | (sections_[old_.st_shndx].sh_flags & kLargeSection);
    data.sh_addr = data_address();
    data.sh_offset = segment_offset_ + data_in_segment_;
    data.sh_size = data_.size();
    data.sh_addralign = data_alignment_;
    sections.push_back(data);
    std::string bytes(sections.size() * sizeof(Elf64_Shdr), '\0');
    std::memcpy(bytes.data(), sections.data(), bytes.size());
    return bytes;
  }

  void append() {
    const uint64_t end = segment_offset_ + data_in_segment_ + data_.size();
    section_table_ = aligned(end, alignof(Elf64_Shdr));
    std::string segments = new_segment_table(), sections = new_section_table();
    const uint64_t behind_segments = data_in_segment_ - segments.size();
    add({}, segment_offset_ - library_.size());
    add(std::move(segments), behind_segments);
    add(std::move(data_), section_table_ - end);
    add(std::move(sections));
  }

  void add(std::string bytes, uint64_t zeros = 0) {
    splices_.push_back({library_.size(), 0, std::move(bytes), zeros});
  }

  void write_head() {
    Elf64_Ehdr header = header_;
    header.e_phoff = segment_offset_;
    header.e_phnum = static_cast<Elf64_Half>(segments_.size() + 1);
    header.e_shoff = section_table_;
    header.e_shnum = static_cast<Elf64_Half>(sections_.size() + 1);
    splices_.push_back({0, sizeof header, bytes_of(header)});
  }

  static constexpr uint64_t kLargeSection = 0x10000000;  // SHF_X86_64_LARGE

  const ByteSource& library_;
  std::string data_;
  const ImageChecksum checksum_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
  Elf64_Sym old_{};
  uint64_t old_offset_ = 0;
  size_t last_load_ = 0;
  uint64_t segment_offset_ = 0, segment_address_ = 0, data_in_segment_ = 0, section_table_ = 0;
  uint64_t page_ = 1, data_alignment_ = kDataAlignment;
  std::vector<Splice> splices_;
};

}  // namespace

std::vector<Splice> grow_image_data(const ByteSource& library, std::string image_data,
                                    ImageChecksum checksum) {
  return Grower(library, std::move(image_data), checksum).grow();
}

}  // namespace jireloc::native
