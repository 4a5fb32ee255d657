#include "payload/relaid_payload.hpp"

#include <algorithm>
#include <cstring>

#include "bytes/windows.hpp"
#include "bytes/writer.hpp"
#include "jireloc/error.hpp"
#include "payload/objects.hpp"
#include "payload/sections.hpp"

namespace jireloc::payload {
namespace {

constexpr uint64_t kRoomForPadding = 4096;

bool lies_in(const BytePatch& change, const Extent& section) {
  return change.offset >= section.offset && change.offset + change.bytes.size() <= section.end();
}

void write_over(std::string& bytes, uint64_t at, const std::string& by) {
  std::memcpy(bytes.data() + at, by.data(), by.size());
}

}  // namespace

std::string RelaidPayload::take(std::string_view appended,
                                const std::map<uint64_t, const std::string*>& symbols) {
  const std::string new_texts = new_symbols(symbols);
  out_.reserve(image_.bytes.size() + appended.size() + new_texts.size() + kRoomForPadding);
  copy({0, image_.sysdata.end()});
  add_section(image_.const_alignment, image_.const_data, appended);
  add_size(new_texts.size(), kSectionAlignment);
  out_ += new_texts;
  for (const Extent& section : {image_.relocations, image_.gvars, image_.fptrs})
    add_section(kSectionAlignment, section);
  pad(kSectionAlignment);
  copy({image_.roots, image_.bytes.size() - image_.roots});
  make_changes();
  require_sound();
  return std::move(out_);
}

std::string RelaidPayload::new_symbols(const std::map<uint64_t, const std::string*>& texts) const {
  const Extent& section = image_.symbols;
  std::string old(image_.bytes.substr(section.offset, section.size));
  for (const BytePatch& change : changes_)
    if (lies_in(change, section)) write_over(old, change.offset - section.offset, change.bytes);
  bytes::ByteWriter out;
  out.reserve(old.size() + kRoomForPadding);
  for (uint64_t at = 0; at < old.size();) {
    uint32_t size = 0;
    std::memcpy(&size, old.data() + at, sizeof size);
    const uint64_t text = at + sizeof size;
    const auto found = texts.find(section.offset + text);
    const std::string_view bytes =
        found == texts.end() ? std::string_view(old).substr(text, size) : *found->second;
    out.u32(static_cast<uint32_t>(bytes.size()));
    out.c_string(bytes);
    at = text + size + 1;
  }
  return std::move(out).take();
}

void RelaidPayload::add_section(uint64_t alignment, const Extent& section, std::string_view more) {
  add_size(section.size + more.size(), alignment);
  copy(section);
  out_ += more;
}

void RelaidPayload::add_size(uint64_t size, uint64_t alignment) {
  out_.append(reinterpret_cast<const char*>(&size), sizeof size);
  pad(alignment);
}

void RelaidPayload::pad(uint64_t alignment) {
  const uint64_t size = (alignment - out_.size() % alignment) % alignment;
  if (size != 0) padding_.push_back({out_.size(), size});
  out_.append(size, '\0');
}

void RelaidPayload::copy(const Extent& section) {
  copied_.push_back({section, out_.size()});
  out_ += image_.bytes.substr(section.offset, section.size);
}

// Symbols have their changes already; padding is free.
void RelaidPayload::make_changes() {
  for (const BytePatch& change : changes_)
    for (const Copied& copied : copied_)
      if (lies_in(change, copied.from))
        write_over(out_, copied.to + (change.offset - copied.from.offset), change.bytes);
}

void RelaidPayload::require_sound() const {
  const auto source = view_bytes(out_, "payload");
  bytes::RandomReader reader(*source, {0, out_.size()});
  const std::vector<PayloadSection> sections = read_sections(reader, kWord, *image_.layout).sections;
  for (const Copied& copied : copied_) {
    const auto is_there = [&](const PayloadSection& section) {
      const uint64_t head = section.kind == SectionKind::sysdata ? kWord : 0;  // its size word is copied too
      return section.extent.offset == copied.to + head && section.extent.size + head >= copied.from.size;
    };
    if (std::none_of(sections.begin(), sections.end(), is_there))
      throw Error(ErrorKind::bad_value, "the payload with longer texts does not add up");
  }
}

}  // namespace jireloc::payload
