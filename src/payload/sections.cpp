#include "payload/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/names.hpp"
#include "jireloc/error.hpp"
#include "payload/objects.hpp"

namespace jireloc::payload {
namespace {

[[noreturn]] void fail(const std::string& message, uint64_t offset) {
  throw Error(ErrorKind::bad_value, "the sections of the payload do not add up: " + message, {}, offset);
}

class Walker {
 public:
  Walker(bytes::RandomReader& payload, unsigned pointer_size, std::span<const RootsForm> forms,
         uint64_t const_alignment)
      : payload_(payload),
        word_size_(pointer_size),
        forms_(forms),
        const_alignment_(const_alignment),
        at_(payload.bounds().offset) {}

  Sections walk() {
    sysdata();
    aligned_section(SectionKind::const_data, const_alignment_);
    for (const SectionKind kind :
         {SectionKind::symbols, SectionKind::relocations, SectionKind::gvars, SectionKind::fptrs})
      aligned_section(kind, kSectionAlignment);
    skip_padding(kSectionAlignment);
    const uint64_t roots = at_;
    const auto form =
        std::find_if(forms_.begin(), forms_.end(), [this](const RootsForm& each) { return tail_fits(each); });
    if (form == forms_.end()) fail("what follows the function pointers is no list of roots", roots);
    result_.roots = *form;
    add(SectionKind::roots, roots, payload_.bounds().end() - roots);
    check_symbols();
    result_.const_alignment = const_alignment_;
    return std::move(result_);
  }

 private:
  uint64_t word() {
    if (!payload_.holds(at_, word_size_)) fail("the payload ends inside a size", at_);
    const uint64_t value = payload_.word(at_, word_size_);
    at_ += word_size_;
    return value;
  }

  void add(SectionKind kind, uint64_t offset, uint64_t size) {
    if (!payload_.holds(offset, size))
      fail(fmt::format("{} of {} bytes leads out of it", name(kind), size), offset);
    result_.sections.push_back({kind, {offset, size}});
    at_ = offset + size;
  }

  // Its alignment bytes lie inside its length.
  void sysdata() {
    const uint64_t size = word();
    if (size % 4 != 0) fail("the length of sysdata is no multiple of 4", payload_.bounds().offset);
    add(SectionKind::sysdata, at_, size);
  }

  // Positions are aligned relative to the payload's own start.
  void skip_padding(uint64_t alignment) {
    const uint64_t relative = at_ - payload_.bounds().offset;
    const uint64_t size = (alignment - relative % alignment) % alignment;
    if (!payload_.holds(at_, size)) fail("the payload ends inside padding", at_);
    if (size != 0) result_.padding.push_back({at_, size});
    at_ += size;
  }

  void aligned_section(SectionKind kind, uint64_t alignment) {
    const uint64_t size = word();
    skip_padding(alignment);
    add(kind, at_, size);
  }

  // Of the forms of a layout only one fits the length.
  bool tail_fits(const RootsForm& form) const {
    uint64_t at = at_ + form.roots * word_size_;
    const auto list = [&](unsigned count_size, uint64_t entry_size) {
      if (!payload_.holds(at, count_size)) return false;
      const uint64_t count = payload_.word(at, count_size);
      at += count_size;
      if (count > (payload_.bounds().end() - at) / entry_size) return false;
      at += count * entry_size;
      return true;
    };
    for (int k = 0; k < kLinkLists; ++k) {
      if (!list(4, 4)) return false;
    }
    at += 4;  // the first external function
    if (form.ccallables && !list(word_size_, word_size_)) return false;
    return at == payload_.bounds().end();
  }

  // Every symbol: u32 length, bytes, NUL (jl_read_symbols).
  void check_symbols() const {
    const Extent symbols = result_.sections.at(static_cast<size_t>(SectionKind::symbols)).extent;
    for (uint64_t at = symbols.offset; at < symbols.end();) {
      if (symbols.end() - at < 5) fail("the symbols end inside one", at);
      const uint64_t next = at + 4 + payload_.u32(at) + 1;
      if (next > symbols.end() || payload_.byte(next - 1) != 0) fail("a symbol has a wrong length", at);
      at = next;
    }
  }

  bytes::RandomReader& payload_;
  const unsigned word_size_;
  const std::span<const RootsForm> forms_;
  const uint64_t const_alignment_;
  uint64_t at_;
  Sections result_;
};

}  // namespace

std::string_view name(SectionKind kind) noexcept {
  using enum SectionKind;
  constexpr Named<SectionKind> kNames[] = {
      {sysdata, "sysdata"}, {const_data, "const data"}, {symbols, "symbols"}, {relocations, "relocations"},
      {gvars, "gvars"},     {fptrs, "fptrs"},           {roots, "roots"}};
  return name_in(kNames, kind);
}

Sections read_sections(bytes::RandomReader& payload, unsigned pointer_size, const Layout& layout) {
  const auto walk = [&](uint64_t alignment) {
    return Walker(payload, pointer_size, layout.roots, alignment).walk();
  };
  try {
    return walk(layout.alignment);
  } catch (const Error& narrow) {
    if (narrow.kind() == ErrorKind::io || layout.wide_alignment == layout.alignment) throw;
    try {
      return walk(layout.wide_alignment);
    } catch (const Error& wide) {
      if (wide.kind() == ErrorKind::io) throw;
      throw narrow;
    }
  }
}

}  // namespace jireloc::payload
