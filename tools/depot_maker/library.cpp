#include "depot_maker/library.hpp"

#include <elf.h>

#include <cstring>
#include <functional>
#include <optional>

#include "bytes/writer.hpp"
#include "jireloc/error.hpp"

namespace depot_maker {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw jireloc::Error(jireloc::ErrorKind::unsupported,
                       std::string("a native library of the corpus: ") + what);
}

// A record of a file in memory, read and written through a range check.
template <class Record>
Record get(const std::string& bytes, uint64_t at) {
  Record record;
  if (at > bytes.size() || bytes.size() - at < sizeof record) refuse("a table leads out of it");
  std::memcpy(&record, bytes.data() + at, sizeof record);
  return record;
}

template <class Record>
void put(std::string& bytes, uint64_t at, const Record& record) {
  get<Record>(bytes, at);
  std::memcpy(bytes.data() + at, &record, sizeof record);
}

struct FoundSymbol {
  uint64_t at;  // of its record in the file
  Elf64_Sym symbol;
};

class Library {
 public:
  explicit Library(std::string bytes) : bytes_(std::move(bytes)), header_(get<Elf64_Ehdr>(bytes_, 0)) {}

  // All records of a name, in the dynamic table and the full one.
  std::vector<FoundSymbol> symbols(const char* name) const {
    std::vector<FoundSymbol> found;
    for (uint64_t index = 0; index < header_.e_shnum; ++index) {
      const Elf64_Shdr table = section(index);
      if (table.sh_type != SHT_DYNSYM && table.sh_type != SHT_SYMTAB) continue;
      const uint64_t names = section(table.sh_link).sh_offset;
      for (uint64_t at = table.sh_offset; at < table.sh_offset + table.sh_size; at += sizeof(Elf64_Sym)) {
        const auto symbol = get<Elf64_Sym>(bytes_, at);
        const uint64_t name_at = names + symbol.st_name;
        if (name_at < bytes_.size() && std::strcmp(bytes_.c_str() + name_at, name) == 0 &&
            symbol.st_shndx != SHN_UNDEF)
          found.push_back({at, symbol});
      }
    }
    if (found.empty()) refuse("a symbol is missing");
    return found;
  }

  uint64_t file_offset(uint64_t address) const {
    for (uint64_t index = 0; index < header_.e_phnum; ++index) {
      const auto segment = get<Elf64_Phdr>(bytes_, segment_at(index));
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
          address < segment.p_vaddr + segment.p_filesz)
        return segment.p_offset + (address - segment.p_vaddr);
    }
    refuse("an address outside the file");
  }

  std::string image_data() const {
    const Elf64_Sym symbol = symbols("jl_system_image_data").front().symbol;
    const auto size =
        get<uint64_t>(bytes_, file_offset(symbols("jl_system_image_size").front().symbol.st_value));
    return bytes_.substr(file_offset(symbol.st_value), size);
  }

  void replace_image_data(const std::string& data) {
    const std::vector<FoundSymbol> places = symbols("jl_system_image_data");
    const Elf64_Sym old = places.front().symbol;
    std::memset(bytes_.data() + file_offset(old.st_value), 0, image_data().size());
    constexpr uint64_t kPage = 0x1000;
    bytes_.append((kPage - bytes_.size() % kPage) % kPage, '\0');
    const uint64_t offset = bytes_.size(), address = (top_address() + kPage - 1) / kPage * kPage;
    bytes_ += data;
    add_segment(offset, address, data.size());
    const auto index = add_section(offset, address, data.size(), old.st_shndx);
    for (FoundSymbol place : places) {
      place.symbol.st_value = address;
      place.symbol.st_size = data.size();
      place.symbol.st_shndx = index;
      put(bytes_, place.at, place.symbol);
    }
    put(bytes_, file_offset(symbols("jl_system_image_size").front().symbol.st_value), uint64_t{data.size()});
  }

  std::string take() && { return std::move(bytes_); }

 private:
  uint64_t segment_at(uint64_t index) const { return header_.e_phoff + index * sizeof(Elf64_Phdr); }
  Elf64_Shdr section(uint64_t index) const {
    return get<Elf64_Shdr>(bytes_, header_.e_shoff + index * sizeof(Elf64_Shdr));
  }

  uint64_t top_address() const {
    uint64_t top = 0;
    for (uint64_t index = 0; index < header_.e_phnum; ++index) {
      const auto segment = get<Elf64_Phdr>(bytes_, segment_at(index));
      if (segment.p_type == PT_LOAD) top = std::max(top, segment.p_vaddr + segment.p_memsz);
    }
    return top;
  }

  // The note about the stack gives its place away: the table cannot grow.
  void add_segment(uint64_t offset, uint64_t address, uint64_t size) {
    for (uint64_t index = 0; index < header_.e_phnum; ++index) {
      auto segment = get<Elf64_Phdr>(bytes_, segment_at(index));
      if (segment.p_type != PT_GNU_STACK) continue;
      segment = {PT_LOAD, PF_R | PF_W, offset, address, address, size, size, 0x1000};
      put(bytes_, segment_at(index), segment);
      return;
    }
    refuse("no segment to spare");
  }

  uint16_t add_section(uint64_t offset, uint64_t address, uint64_t size, uint64_t like) {
    Elf64_Shdr added = section(like);
    added.sh_offset = offset;
    added.sh_addr = address;
    added.sh_size = size;
    std::string table = bytes_.substr(header_.e_shoff, header_.e_shnum * sizeof(Elf64_Shdr));
    table.append(reinterpret_cast<const char*>(&added), sizeof added);
    bytes_.append((8 - bytes_.size() % 8) % 8, '\0');
    header_.e_shoff = bytes_.size();
    bytes_ += table;
    const uint16_t index = header_.e_shnum++;
    put(bytes_, 0, header_);
    return index;
  }

  std::string bytes_;
  Elf64_Ehdr header_;
};

std::string encode_required_modules(const std::vector<jireloc::RequiredModule>& modules) {
  jireloc::bytes::ByteWriter out;
  for (const auto& module : modules) {
    out.counted(module.name);
    out.u64(module.uuid.hi);
    out.u64(module.uuid.lo);
    out.u64(module.build_id_hi);
    out.u64(module.build_id_lo);
  }
  out.i32(0);
  return std::move(out).take();
}

}  // namespace

std::string payload_of_library(const std::string& elf, const jireloc::Layout& layout) {
  const std::string data = Library(elf).image_data();
  const auto header = jireloc::read_embedded_header(*jireloc::view_bytes(data), layout);
  return data.substr(header.datastartpos, header.dataendpos - header.datastartpos);
}

std::string replace_payload(const std::string& elf, std::string_view payload,
                            const jireloc::CacheFile& file) {
  Library library(elf);
  const std::string old = library.image_data();
  const auto header = jireloc::read_embedded_header(*jireloc::view_bytes(old), *file.layout);
  const uint64_t old_list = encode_required_modules(header.required_modules).size();
  // Everything before the list of required modules; checksum, positions and flags are its last fields.
  std::string data = old.substr(0, header.header_end - old_list);
  const uint64_t positions_at = data.size() - (file.layout->syntax_version ? 2 : 1) - 2 * sizeof(uint64_t);
  data += encode_required_modules(file.required_modules);
  data.append((64 - data.size() % 64) % 64, '\0');
  put(data, positions_at - sizeof(uint64_t), file.checksum);
  put(data, positions_at, uint64_t{data.size()});
  put(data, positions_at + sizeof(uint64_t), uint64_t{data.size() + payload.size()});
  data += payload;
  library.replace_image_data(data);
  return std::move(library).take();
}

}  // namespace depot_maker
