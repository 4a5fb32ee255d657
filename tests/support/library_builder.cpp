#include "support/library_builder.hpp"

#include <cstring>

#include "support/layouts.hpp"

namespace jireloc::test {
namespace {

constexpr uint64_t kBase = 0x10000;  // where the file is loaded

std::string number(uint64_t value, unsigned size) {
  char raw[8];
  std::memcpy(raw, &value, 8);
  return std::string(raw, size);
}

struct Section {
  std::string name;
  uint32_t type = 1;
  uint64_t flags = 0;
  std::string contents;
  uint32_t link = 0;
  uint64_t offset = 0;
};

}  // namespace

std::string image_data(const std::string& payload, std::string_view layout, uint64_t checksum,
                       unsigned pointer_size) {
  const Layout& described = layout_named(layout);
  std::string head = std::string("\xFBjli\r\n\x1A\n") + number(described.format, 2) + "\xFF\xFE" +
                     static_cast<char>(pointer_size);
  for (const char* text : {"Linux", "x86_64", "1.12.5", "", ""}) head += std::string(text) + '\0';
  const std::string behind = std::string(1, '\xA3') + (described.syntax_version ? std::string(1, '\0') : "") +
                             number(0, 4);  // flags, syntax version, no required modules
  const uint64_t end = head.size() + 1 + 3 * 8 + behind.size();
  const uint64_t start = (end + 63) / 64 * 64;
  head += '\1' + number(checksum, 8) + number(start, 8) + number(start + payload.size(), 8) + behind;
  head.resize(start);
  return head + payload;
}

std::string ElfBuilder::bytes() const {
  const auto w = [&](uint64_t value) { return number(value, word_size); };
  const bool wide = word_size == 8;
  std::string out(wide ? 64 : 52, '\0');
  std::vector<Section> list(1);
  list[0].type = 0;
  const auto place = [&](Section section) {
    while (out.size() % 64 != 0) out += '\0';
    section.offset = out.size();
    out += section.contents;
    list.push_back(std::move(section));
    return list.back().offset;
  };
  // Symbols: name, offset in the file, size.
  std::vector<std::tuple<std::string, uint64_t, uint64_t>> symbols{{"jl_image_pointers", 0, 40}};
  if (!image_data.empty()) {
    symbols.emplace_back("jl_system_image_data", place({".data", 1, 3, image_data}), image_data.size());
    symbols.emplace_back("jl_system_image_size",
                         place({".rodata", 1, 2, w(image_size.value_or(image_data.size()))}), word_size);
  }
  if (image_checksum)
    symbols.emplace_back("jl_system_image_checksum", place({".rodata", 1, 2, number(*image_checksum, 4)}), 4);
  for (const auto& [name, contents] : sections) place({name, 1, compressed_sections ? 0x800U : 0U, contents});
  std::string names = names_before + '\0';
  std::string table(wide ? 24 : 16, '\0');
  // An undefined symbol of the same name must not be taken.
  symbols.insert(symbols.begin(), {"jl_system_image_data", ~uint64_t{0}, 0});
  for (const auto& [name, offset, size] : symbols) {
    const bool defined = offset != ~uint64_t{0};
    const uint64_t address = defined ? kBase + offset : 0;
    const std::string info = std::string("\x11\0", 2), index = number(defined ? 1 : 0, 2);
    table += number(names.size(), 4);
    table += wide ? info + index + number(address, 8) + number(size, 8)
                  : number(address, 4) + number(size, 4) + info + index;
    names += name + '\0';
  }
  if (!last_name_ends) names.pop_back();
  const auto strings = static_cast<uint32_t>(list.size());
  place({dynamic_symbols ? ".dynstr" : ".strtab", 3, 2, names});
  place({dynamic_symbols ? ".dynsym" : ".symtab", dynamic_symbols ? 11U : 2U, 2, table, strings});
  list.push_back({".bss", 8, 3, std::string(100, '\0'), 0, uint64_t{1} << 31});  // takes no bytes of the file
  std::string section_names;
  std::vector<uint64_t> name_offsets;
  list.push_back({".shstrtab", 3, 0, {}});
  for (const Section& section : list) {
    name_offsets.push_back(section_names.size());
    section_names += section.name + '\0';
  }
  list.back().contents = section_names;
  list.back().offset = out.size();
  out += section_names;
  const uint64_t segments_at = out.size();
  const uint64_t end = segments_at + (wide ? 56 : 32);
  out += number(1, 4);
  if (wide) out += number(5, 4);
  out += w(0) + w(kBase) + w(kBase) + w(end) + w(end);
  if (!wide) out += number(5, 4);
  out += w(4096);
  const uint64_t sections_at = out.size();
  for (size_t k = 0; k < list.size(); ++k) {
    const Section& section = list[k];
    out += number(name_offsets[k], 4) + number(section.type, 4) + w(section.flags) +
           w(kBase + section.offset) + w(section.offset) + w(section.contents.size()) +
           number(section.link, 4) + number(0, 4) + w(1) + w(0);
  }
  std::string head = std::string("\x7F") + "ELF" + static_cast<char>(wide ? 2 : 1) + "\1\1";
  head.resize(16);
  head += number(3, 2) + number(wide ? 62 : 3, 2) + number(1, 4) + w(0) + w(segments_at) + w(sections_at) +
          number(0, 4) + number(wide ? 64 : 52, 2) + number(wide ? 56 : 32, 2) + number(1, 2) +
          number(wide ? 64 : 40, 2) + number(list.size(), 2) + number(list.size() - 1, 2);
  return out.replace(0, head.size(), head);
}

}  // namespace jireloc::test
