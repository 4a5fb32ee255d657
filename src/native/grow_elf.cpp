#include "native/grow_elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "jireloc/crc32c.hpp"
#include "native/cut_data.hpp"
#include "native/elf64_file.hpp"

namespace jireloc::native {
namespace {

constexpr std::string_view kData = "jl_system_image_data", kSize = "jl_system_image_size",
                           kChecksum = "jl_system_image_checksum";
constexpr uint64_t kDataAlignment = 64;  // JL_CACHE_BYTE_ALIGNMENT
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
  Grower(const ByteSource& library, std::string head, std::string data, ImageChecksum checksum,
         std::vector<MovedSection> moved)
      : library_(library),
        elf_(library),
        old_(elf_.symbol(kData)),
        head_(std::move(head)),
        data_(std::move(data)),
        data_size_(head_.size() + data_.size()),
        checksum_(checksum),
        moved_(std::move(moved)) {}

  std::vector<Splice> grow() {
    old_offset_ = elf_.file_offset(old_.st_value, old_.st_size);
    if (old_offset_ > library_.size() || old_.st_size > library_.size() - old_offset_)
      refuse("its image data lie outside of the file");
    if (old_.st_shndx == SHN_UNDEF || old_.st_shndx >= elf_.tables().sections.size())
      refuse("its jl_system_image_data lies in no section");
    elf_.require_no_relocation_into(old_);
    plan();
    move_symbols();
    set_words();
    splices_.push_back({old_offset_, old_.st_size, {}, old_.st_size - cut_.size});
    append();
    write_head();
    std::stable_sort(splices_.begin(), splices_.end(),
                     [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
    return std::move(splices_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { elf_.refuse(why); }

  // Where all of the new goes: behind the file, and behind all addresses.
  void plan() {
    uint64_t page = 1, end = 0;
    for (const Elf64_Phdr& segment : elf_.tables().segments) {
      if (segment.p_type != PT_LOAD) continue;
      page = std::max<uint64_t>(page, segment.p_align);
      end = std::max<uint64_t>(end, segment.p_vaddr + segment.p_memsz);
    }
    if (end == 0 || page > kLargestAlignment || (page & (page - 1)) != 0)
      refuse("its segments have an unusual form");
    const uint64_t own = elf_.tables().sections[old_.st_shndx].sh_addralign;
    data_alignment_ = std::max<uint64_t>(kDataAlignment, own);
    if (data_alignment_ > page) refuse("its image data are aligned to more than a page");
    page_ = page;
    cut_ = find_cut(elf_.tables(), old_, old_offset_, page);
    segments_ = cut_segments(elf_.tables().segments, cut_);
    sections_ = cut_sections(elf_.tables().sections, old_, cut_);
    new_section_ = static_cast<Elf64_Section>(sections_.size());
    segment_offset_ = aligned(size_after_cut(), page);
    segment_address_ = aligned(end, page);
    data_in_segment_ = aligned((segments_.size() + 1) * sizeof(Elf64_Phdr), data_alignment_);
    place_moved_sections();
  }

  // Behind the new segment; the section table comes last.
  void place_moved_sections() {
    uint64_t at = segment_offset_ + data_in_segment_ + data_size_;
    for (const MovedSection& moved : moved_) {
      const auto old = std::find_if(
          elf_.tables().sections.begin(), elf_.tables().sections.end(), [&](const Elf64_Shdr& section) {
            return section.sh_offset == moved.old.offset && section.sh_size == moved.old.size &&
                   section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_ALLOC) == 0;
          });
      if (old == elf_.tables().sections.end()) refuse("a section that has to move is not found");
      Elf64_Shdr& section = sections_[static_cast<size_t>(old - elf_.tables().sections.begin())];
      section.sh_offset = at = aligned(at, kDataAlignment);
      section.sh_size = moved.bytes.size();
      at += section.sh_size;
      splices_.push_back({moved.old.offset, moved.old.size, {}, moved.old.size});
      places_of_moved_.push_back(section.sh_offset);
    }
    section_table_ = aligned(at, alignof(Elf64_Shdr));
  }

  uint64_t size_after_cut() const { return library_.size() - cut_.size; }

  uint64_t data_address() const { return segment_address_ + data_in_segment_; }

  void move_symbols() {
    elf_.for_each_symbol([&](Elf64_Sym symbol, std::string_view name, uint64_t at) {
      if (name == kData) {
        symbol.st_value = data_address();
        symbol.st_size = data_size_;
        symbol.st_shndx = new_section_;
      } else if (sections_.size() > elf_.tables().sections.size() && symbol.st_shndx == old_.st_shndx &&
                 ELF64_ST_TYPE(symbol.st_info) != STT_SECTION &&
                 symbol.st_value >= old_.st_value + cut_.size) {
        symbol.st_shndx = static_cast<Elf64_Section>(new_section_ - 1);  // of what is left of the old one
      } else {
        return;
      }
      splices_.push_back({at, sizeof symbol, bytes_of(symbol)});
    });
  }

  void set_words() {
    splices_.push_back({elf_.file_offset(elf_.symbol(kSize).st_value, 8), 8, bytes_of(data_size_)});
    if (checksum_ == ImageChecksum::stays) return;
    if (const auto checksum = elf_.find(kChecksum))
      splices_.push_back({elf_.file_offset(checksum->st_value, 4), 4,
                          bytes_of(crc32c::extend(crc32c::value(head_), data_.data(), data_.size()))});
  }

  std::string new_segment_table() const {
    std::vector<Elf64_Phdr> segments = segments_;
    const auto last_load = std::find_if(segments.rbegin(), segments.rend(), [](const Elf64_Phdr& segment) {
                             return segment.p_type == PT_LOAD;
                           }).base();
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
    load.p_filesz = load.p_memsz = data_in_segment_ + data_size_;
    load.p_align = page_;
    segments.insert(last_load, load);
    std::string bytes(segments.size() * sizeof(Elf64_Phdr), '\0');
    std::memcpy(bytes.data(), segments.data(), bytes.size());
    return bytes;
  }

  std::string new_section_table() const {
    std::vector<Elf64_Shdr> sections = sections_;
    Elf64_Shdr data{};
    data.sh_name = elf_.tables().sections[old_.st_shndx].sh_name;
    data.sh_type = SHT_PROGBITS;
    data.sh_flags = SHF_ALLOC | SHF_WRITE | (elf_.tables().sections[old_.st_shndx].sh_flags & kLargeSection);
    data.sh_addr = data_address();
    data.sh_offset = segment_offset_ + data_in_segment_;
    data.sh_size = data_size_;
    data.sh_addralign = data_alignment_;
    sections.push_back(data);
    std::string bytes(sections.size() * sizeof(Elf64_Shdr), '\0');
    std::memcpy(bytes.data(), sections.data(), bytes.size());
    return bytes;
  }

  void append() {
    written_ = size_after_cut();
    add(segment_offset_, new_segment_table());
    add(segment_offset_ + data_in_segment_, std::move(head_));
    add(written_, std::move(data_));
    for (size_t k = 0; k < moved_.size(); ++k) add(places_of_moved_[k], std::move(moved_[k].bytes));
    add(section_table_, new_section_table());
  }

  // At the end of the file, with zeros up to `at`.
  void add(uint64_t at, std::string bytes) {
    splices_.push_back({library_.size(), 0, {}, at - written_});
    written_ = at + bytes.size();
    splices_.push_back({library_.size(), 0, std::move(bytes)});
  }

  void write_head() {
    Elf64_Ehdr header = elf_.header();
    header.e_phoff = segment_offset_;
    header.e_phnum = static_cast<Elf64_Half>(segments_.size() + 1);
    header.e_shoff = section_table_;
    header.e_shnum = static_cast<Elf64_Half>(sections_.size() + 1);
    splices_.push_back({0, sizeof header, bytes_of(header)});
  }

  static constexpr uint64_t kLargeSection = 0x10000000;  // SHF_X86_64_LARGE

  const ByteSource& library_;
  const Elf64File elf_;      // as it is
  const Elf64_Sym old_;      // the data
  std::string head_, data_;  // until they are written
  const uint64_t data_size_;
  const ImageChecksum checksum_;
  std::vector<MovedSection> moved_;
  std::vector<uint64_t> places_of_moved_;
  uint64_t written_ = 0;              // the size of the new file so far
  std::vector<Elf64_Phdr> segments_;  // without the old data; the new one is still missing
  std::vector<Elf64_Shdr> sections_;
  Elf64_Section new_section_ = 0;
  Cut cut_;
  uint64_t old_offset_ = 0;
  uint64_t segment_offset_ = 0, segment_address_ = 0, data_in_segment_ = 0, section_table_ = 0;
  uint64_t page_ = 1, data_alignment_ = kDataAlignment;
  std::vector<Splice> splices_;
};

}  // namespace

std::vector<Splice> grow_image_data(const ByteSource& library, std::string head, std::string data,
                                    ImageChecksum checksum, std::vector<MovedSection> moved) {
  return Grower(library, std::move(head), std::move(data), checksum, std::move(moved)).grow();
}

}  // namespace jireloc::native
