#include "native/debug_lines.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "bytes/reader.hpp"
#include "jireloc/error.hpp"

namespace jireloc::native {
namespace {

using bytes::ByteReader;

constexpr uint32_t kLongUnits = 0xFFFFFFF0;  // from here on: offsets of 64 bits, or reserved
constexpr uint64_t kLargestSection = uint64_t{64} << 20;
constexpr uint64_t kStatementList = 0x10;  // DW_AT_stmt_list

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::unsupported, "the names in its debug info cannot get longer: " + why);
}

std::string_view c_string(ByteReader& in, const char* what) {
  return in.c_string(kLargestSection, what);
}

uint64_t leb(ByteReader& in, const char* what) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const uint8_t group = in.u8(what);
    if (shift < 63) value |= uint64_t{group & 0x7Fu} << shift;
    if ((group & 0x80) == 0) return value;
    if (shift > 63) refuse("a number is too long");
  }
}

std::string bytes_of(uint32_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

const Section& section(const Library& library, std::string_view name) {
  const auto found = std::find_if(library.sections.begin(), library.sections.end(),
                                  [&](const Section& each) { return each.name == name; });
  if (found == library.sections.end() || found->compressed || found->extent.size > kLargestSection)
    refuse("there is no " + std::string(name) + " that can be read");
  return *found;
}

std::string bytes_of(const ByteSource& library, const Section& section) {
  return library.read_string(section.extent.offset, section.extent.size);
}

// Line tables, one behind the other; offsets are within the section.
class LineTables {
 public:
  LineTables(std::string_view section, std::vector<Splice> names)
      : section_(section), names_(std::move(names)) {
    ByteReader in(section_);
    while (!in.at_end()) table(in);
    if (!names_.empty() && done_ != names_.size()) refuse("a path in them is no part of a name");
  }

  // By where a table began, where it begins then.
  const std::map<uint64_t, uint64_t>& begins() const { return begins_; }

  std::string longer() const {
    std::string result(section_);
    for (auto each = all_.rbegin(); each != all_.rend(); ++each)
      result.replace(each->first, each->second.size, each->second.bytes);
    return result;
  }

 private:
  void table(ByteReader& in) {
    const uint64_t begin = in.offset();
    begins_.emplace(begin, begin + grown_);
    const uint32_t size = in.u32("a line table");
    if (size >= kLongUnits) refuse("they have offsets of 64 bits");
    ByteReader unit(in.take(size, "a line table"));
    const uint64_t base = begin + sizeof size;
    const uint16_t version = unit.u16("a line table");
    if (version < 2 || version > 4) refuse("they are of DWARF version " + std::to_string(version));
    const uint64_t head_at = base + unit.offset();
    const uint32_t head = unit.u32("a line table");
    const uint64_t program = unit.offset() + head;
    unit.take(version == 4 ? 5 : 4, "a line table");
    const uint8_t opcodes = unit.u8("a line table");
    if (opcodes == 0) refuse("a line table has no opcodes");
    unit.take(opcodes - 1U, "a line table");
    uint64_t more = 0;
    while (name(unit, base, more) != 0) {
    }
    while (name(unit, base, more) != 0)
      for (int k = 0; k < 3; ++k) leb(unit, "a file of a line table");
    if (unit.offset() > program || program > size) refuse("a line table's header has another length");
    if (more == 0) return;
    all_[begin] = {begin, 4, bytes_of(static_cast<uint32_t>(size + more))};
    all_[head_at] = {head_at, 4, bytes_of(static_cast<uint32_t>(head + more))};
    grown_ += more;
  }

  // A name with the texts that lie in it; its length, which is 0 at the end of a list.
  uint64_t name(ByteReader& unit, uint64_t base, uint64_t& more) {
    const uint64_t begin = base + unit.offset();
    const uint64_t size = c_string(unit, "a name of a line table").size();
    for (; done_ < names_.size() && names_[done_].offset < begin + size; ++done_) {
      const Splice& text = names_[done_];
      if (text.offset < begin || text.offset + text.size > begin + size)
        refuse("a path in them is no part of a name");
      more += text.bytes.size() - text.size;
      all_[text.offset] = text;
    }
    return size;
  }

  std::string_view section_;
  std::vector<Splice> names_;
  size_t done_ = 0;  // how many of them
  std::map<uint64_t, Splice> all_;
  std::map<uint64_t, uint64_t> begins_;
  uint64_t grown_ = 0;
};

struct Attribute {
  uint64_t name = 0, form = 0;
};

// The attributes of the entry with that code in a unit's abbreviations (.debug_abbrev).
std::vector<Attribute> attributes_of(uint64_t code, ByteReader abbreviations) {
  constexpr const char* kWhat = "an abbreviation of debug info";
  for (;;) {
    const uint64_t its_code = leb(abbreviations, kWhat);
    if (its_code == 0) refuse("an abbreviation is missing");
    leb(abbreviations, kWhat);  // tag
    abbreviations.u8(kWhat);    // whether it has children
    std::vector<Attribute> attributes;
    for (;;) {
      const uint64_t name = leb(abbreviations, kWhat), form = leb(abbreviations, kWhat);
      if (name == 0 && form == 0) break;
      attributes.push_back({name, form});
    }
    if (its_code == code) return attributes;
  }
}

// Behind an attribute's value (DWARF 4, 7.5.4).
void skip(ByteReader& in, uint64_t form, uint8_t address_size) {
  constexpr const char* kWhat = "a unit of debug info";
  switch (form) {
    case 0x01:  // addr
      in.take(address_size, kWhat);
      return;
    case 0x0B:  // data1
    case 0x0C:  // flag
      in.take(1, kWhat);
      return;
    case 0x05:  // data2
      in.take(2, kWhat);
      return;
    case 0x06:  // data4
    case 0x0E:  // strp
    case 0x17:  // sec_offset
      in.take(4, kWhat);
      return;
    case 0x07:  // data8
      in.take(8, kWhat);
      return;
    case 0x0D:  // sdata
    case 0x0F:  // udata
      leb(in, kWhat);
      return;
    case 0x08:  // string
      c_string(in, kWhat);
      return;
    case 0x19:  // flag_present
      return;
    default:
      refuse("a unit has a field of form " + std::to_string(form));
  }
}

// Where the unit that begins there names its line table: the offset of that word.
std::optional<uint64_t> line_table_word(ByteReader& unit, std::string_view abbreviations) {
  constexpr const char* kWhat = "a unit of debug info";
  const uint16_t version = unit.u16(kWhat);
  if (version < 2 || version > 4) refuse("a unit is of DWARF version " + std::to_string(version));
  const uint32_t abbreviations_at = unit.u32(kWhat);
  const uint8_t address_size = unit.u8(kWhat);
  if (abbreviations_at > abbreviations.size()) refuse("a unit's abbreviations are missing");
  const uint64_t code = leb(unit, kWhat);
  if (code == 0) return std::nullopt;
  for (const Attribute& attribute : attributes_of(code, ByteReader(abbreviations.substr(abbreviations_at)))) {
    if (attribute.name == kStatementList) {
      if (attribute.form != 0x06 && attribute.form != 0x17)
        refuse("a unit names its line table in another way");
      return unit.offset();
    }
    skip(unit, attribute.form, address_size);
  }
  return std::nullopt;
}

// What units say of where their line tables begin. `at`: of .debug_info in the file.
std::vector<Splice> mend_units(std::string_view info, std::string_view abbreviations, uint64_t at,
                               const std::map<uint64_t, uint64_t>& begins) {
  std::vector<Splice> mended;
  ByteReader in(info);
  while (!in.at_end()) {
    const uint32_t size = in.u32("a unit of debug info");
    if (size >= kLongUnits) refuse("a unit has offsets of 64 bits");
    const uint64_t begin = in.offset();
    ByteReader unit(in.take(size, "a unit of debug info"));
    const auto word = line_table_word(unit, abbreviations);
    if (!word) continue;
    const auto table = begins.find(unit.u32("a unit of debug info"));
    if (table == begins.end()) refuse("a unit names a line table that is none");
    if (table->first != table->second)
      mended.push_back({at + begin + *word, 4, bytes_of(static_cast<uint32_t>(table->second))});
  }
  return mended;
}

}  // namespace

LongerLines lengthen_lines(const ByteSource& library, const Library& described, std::vector<Splice> names) {
  const Section& lines = section(described, ".debug_line");
  const Section& info = section(described, ".debug_info");
  const std::string old = bytes_of(library, lines);
  for (Splice& name : names) name.offset -= lines.extent.offset;
  const LineTables tables(old, std::move(names));
  return {lines.extent, tables.longer(),
          mend_units(bytes_of(library, info), bytes_of(library, section(described, ".debug_abbrev")),
                     info.extent.offset, tables.begins())};
}

}  // namespace jireloc::native
