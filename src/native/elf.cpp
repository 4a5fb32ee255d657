// ELF of both word sizes, through checked reads; only what is needed to find sections and four symbols.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "bytes/reader.hpp"
#include "bytes/windows.hpp"
#include "jireloc/error.hpp"
#include "native/library.hpp"

namespace jireloc::native {
namespace {

using bytes::ByteReader;

constexpr uint32_t kNoBits = 8, kSymbolTable = 2, kDynamicSymbols = 11;
constexpr uint32_t kLoad = 1;
constexpr uint64_t kCompressedFlag = 0x800;
constexpr uint16_t kUndefined = 0, kExtendedIndex = 0xFFFF;
// Longer string tables are not held but read name by name.
constexpr uint64_t kLargestHeldNames = uint64_t{4} << 20;
constexpr uint64_t kLongestSectionName = 255;  // what is longer is cut

struct SectionHeader {
  uint32_t name, type, link;
  uint64_t flags, offset, size, entry_size;
};

struct Segment {
  uint64_t offset, address, file_size;
};

struct Symbol {
  uint64_t address, size;
};

// A string table. No name in it costs more than its own length: it may hold no NUL at all.
class Names {
 public:
  Names() = default;
  Names(const ByteSource& source, Extent extent) : source_(&source), extent_(extent) {
    if (extent.size <= kLargestHeldNames) held_ = source.read_string(extent.offset, extent.size);
  }

  std::string at(uint64_t offset, uint64_t longest) const {
    const std::string bytes = piece(offset, longest);
    return bytes.substr(0, bytes.find('\0'));
  }
  bool is_at(uint64_t offset, std::string_view name) const {
    if (offset >= extent_.size) return false;
    return held_.empty() ? at(offset, name.size() + 1) == name : is_held_at(offset, name);
  }

 private:
  bool is_held_at(uint64_t offset, std::string_view name) const {
    const std::string_view rest = std::string_view(held_).substr(offset);
    return rest.starts_with(name) && (rest.size() == name.size() || rest[name.size()] == '\0');
  }
  std::string piece(uint64_t offset, uint64_t longest) const {
    if (offset >= extent_.size) return {};
    const uint64_t size = std::min(longest, extent_.size - offset);
    return held_.empty() ? source_->read_string(extent_.offset + offset, size) : held_.substr(offset, size);
  }

  const ByteSource* source_ = nullptr;
  Extent extent_;
  std::string held_;
};

class Elf {
 public:
  explicit Elf(const ByteSource& source) : source_(source) { read_tables(); }

  Library library() {
    Library library;
    for (const SectionHeader& header : sections_) {
      if (header.type == 0 || header.type == kNoBits || header.size == 0) continue;
      check_extent(header.offset, header.size, "a section");
      library.sections.push_back(
          {section_name(header), {header.offset, header.size}, (header.flags & kCompressedFlag) != 0});
    }
    std::sort(library.sections.begin(), library.sections.end(),
              [](const Section& a, const Section& b) { return a.extent.offset < b.extent.offset; });
    if (const auto data = find("jl_system_image_data")) {
      uint64_t size = data->size;
      if (const auto size_symbol = find("jl_system_image_size")) {
        size = word(ByteReader(read_at_address(size_symbol->address, word_size_)), "jl_system_image_size");
        library.image_size_word = Extent{file_offset(size_symbol->address, word_size_), word_size_};
      }
      library.image_data = Extent{file_offset(data->address, size), size};
      library.image_room = size;
      if (data->size > size && library.image_size_word && lies_in_file(data->address, data->size))
        library.image_room = data->size;
    }
    if (const auto checksum = find("jl_system_image_checksum")) {
      library.image_checksum_at = file_offset(checksum->address, 4);
      library.image_checksum =
          ByteReader(read_at_address(checksum->address, 4)).u32("jl_system_image_checksum");
    }
    return library;
  }

 private:
  uint64_t word(ByteReader&& in, std::string_view what) const { return word(in, what); }
  uint64_t word(ByteReader& in, std::string_view what) const {
    return word_size_ == 8 ? in.u64(what) : in.u32(what);
  }

  void check_extent(uint64_t offset, uint64_t size, std::string_view what) const {
    if (offset > source_.size() || size > source_.size() - offset)
      throw Error(ErrorKind::bad_offset, fmt::format("{} of the library lies outside the file", what),
                  source_.name(), offset);
  }

  // `buffer` keeps the bytes.
  std::string read(uint64_t offset, uint64_t size, std::string_view what) const {
    check_extent(offset, size, what);
    if (size > kLargestTable)
      throw Error(ErrorKind::too_large, fmt::format("{} of the library has {} bytes", what, size),
                  source_.name(), offset);
    return source_.read_string(offset, size);
  }

  void read_tables() {
    const std::string head = read(0, std::min<uint64_t>(source_.size(), 64), "the header");
    ByteReader in(head);
    const std::string_view ident = in.take(16, "the ELF identification");
    word_size_ = ident[4] == 2 ? 8 : 4;
    if (ident[4] != 1 && ident[4] != 2)
      throw Error(ErrorKind::bad_value, "the library's ELF class is unknown", source_.name(), 4);
    if (ident[5] != 1)
      throw Error(ErrorKind::foreign_byte_order, "the library was built for a big-endian machine",
                  source_.name(), 5);
    in.take(8, "the ELF header");
    word(in, "the entry point");
    const uint64_t segments_at = word(in, "e_phoff"), sections_at = word(in, "e_shoff");
    in.take(6, "the ELF header");
    const uint16_t segment_size = in.u16("e_phentsize"), segment_count = in.u16("e_phnum");
    const uint16_t section_size = in.u16("e_shentsize");
    uint64_t section_count = in.u16("e_shnum");
    uint32_t names_index = in.u16("e_shstrndx");
    read_segments(segments_at, segment_size, segment_count);
    if (sections_at == 0) return;
    if (section_count == 0 || names_index == kExtendedIndex) {
      const SectionHeader first = read_section_headers(sections_at, section_size, 1).at(0);
      if (section_count == 0) section_count = first.size;
      if (names_index == kExtendedIndex) names_index = first.link;
    }
    sections_ = read_section_headers(sections_at, section_size, section_count);
    if (names_index < sections_.size()) names_ = string_table(sections_[names_index]);
  }

  void read_segments(uint64_t at, uint64_t entry_size, uint64_t count) {
    const std::string table = read(at, entry_size * count, "the segment table");
    for (uint64_t k = 0; k < count; ++k) {
      ByteReader in(std::string_view(table).substr(k * entry_size, entry_size), at + k * entry_size);
      const uint32_t type = in.u32("p_type");
      if (word_size_ == 8) in.u32("p_flags");
      Segment segment{};
      segment.offset = word(in, "p_offset");
      segment.address = word(in, "p_vaddr");
      word(in, "p_paddr");
      segment.file_size = word(in, "p_filesz");
      if (type == kLoad) segments_.push_back(segment);
    }
  }

  std::vector<SectionHeader> read_section_headers(uint64_t at, uint64_t entry_size, uint64_t count) const {
    if (count > kLargestTable) count = kLargestTable;  // the product below stays in range; read() refuses it
    const std::string table = read(at, entry_size * count, "the section table");
    std::vector<SectionHeader> headers;
    for (uint64_t k = 0; k < count; ++k) {
      ByteReader in(std::string_view(table).substr(k * entry_size, entry_size), at + k * entry_size);
      SectionHeader header{};
      header.name = in.u32("sh_name");
      header.type = in.u32("sh_type");
      header.flags = word(in, "sh_flags");
      word(in, "sh_addr");
      header.offset = word(in, "sh_offset");
      header.size = word(in, "sh_size");
      header.link = in.u32("sh_link");
      in.u32("sh_info");
      word(in, "sh_addralign");
      header.entry_size = word(in, "sh_entsize");
      headers.push_back(header);
    }
    return headers;
  }

  Names string_table(const SectionHeader& header) const {
    if (header.type == kNoBits) return {};
    check_extent(header.offset, header.size, "a string table");
    return {source_, {header.offset, header.size}};
  }

  std::string section_name(const SectionHeader& header) const {
    return names_.at(header.name, kLongestSectionName);
  }

  // As dlsym would find it, and where there are no dynamic symbols in the full table. There is at most one
  // table of each type (System V ABI, "Sections"); what a file adds to it is not looked at.
  std::optional<Symbol> find(std::string_view name) const {
    for (const uint32_t type : {kDynamicSymbols, kSymbolTable}) {
      const auto table = std::find_if(sections_.begin(), sections_.end(), [&](const SectionHeader& header) {
        return header.type == type && header.link < sections_.size();
      });
      if (table == sections_.end()) continue;
      if (const auto symbol = find_in(*table, name)) return symbol;
    }
    return std::nullopt;
  }

  std::optional<Symbol> find_in(const SectionHeader& header, std::string_view name) const {
    const uint64_t entry = word_size_ == 8 ? 24 : 16;
    check_extent(header.offset, header.size, "a symbol table");
    const Names names = string_table(sections_[header.link]);
    bytes::RandomReader table(source_, {header.offset, header.size});
    for (uint64_t at = header.offset; table.holds(at, entry); at += entry) {
      if (!names.is_at(table.u32(at), name)) continue;
      ByteReader in(table.view(at, entry), at);
      in.u32("st_name");
      Symbol symbol{};
      uint16_t section;
      if (word_size_ == 8) {
        in.u16("st_info");
        section = in.u16("st_shndx");
        symbol.address = in.u64("st_value");
        symbol.size = in.u64("st_size");
      } else {
        symbol.address = in.u32("st_value");
        symbol.size = in.u32("st_size");
        in.u16("st_info");
        section = in.u16("st_shndx");
      }
      if (section != kUndefined) return symbol;
    }
    return std::nullopt;
  }

  uint64_t file_offset(uint64_t address, uint64_t size) const {
    for (const Segment& segment : segments_) {
      if (address < segment.address || address - segment.address > segment.file_size) continue;
      if (size > segment.file_size - (address - segment.address)) continue;
      const uint64_t offset = segment.offset + (address - segment.address);
      check_extent(offset, size, "a symbol");
      return offset;
    }
    throw Error(ErrorKind::bad_offset,
                fmt::format("the library's file does not hold the {} bytes at address {:#x}", size, address),
                source_.name());
  }

  bool lies_in_file(uint64_t address, uint64_t size) const {
    try {
      file_offset(address, size);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::string read_at_address(uint64_t address, uint64_t size) const {
    return read(file_offset(address, size), size, "a symbol");
  }

  const ByteSource& source_;
  unsigned word_size_ = 8;
  std::vector<Segment> segments_;
  std::vector<SectionHeader> sections_;
  Names names_;
};

}  // namespace

Library read_elf(const ByteSource& source) {
  try {
    return Elf(source).library();
  } catch (const Error& error) {
    throw error.in_file(source.name());
  }
}

}  // namespace jireloc::native
