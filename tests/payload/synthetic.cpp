#include "payload/synthetic.hpp"

#include <cstring>

#include "jireloc/crc32c.hpp"
#include "payload/loaded_image.hpp"

namespace jireloc::test {
namespace {

void pad(std::string& bytes, uint64_t alignment, uint64_t shift = 0) {
  while ((bytes.size() + shift) % alignment != 0) bytes += '\0';
}

}  // namespace

std::string word(uint64_t value, unsigned size) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes.substr(0, size);
}

uint64_t StaticPayload::const_data_begin() const {
  uint64_t begin = pointer_size + (sysdata.size() + 3) / 4 * 4 + pointer_size;
  return (begin + const_alignment - 1) / const_alignment * const_alignment;
}

void StaticPayload::add_string(const std::string& text, uint64_t tag) {
  // const data begins at a multiple of 64, so that its own offsets tell the alignment.
  pad(const_data, 16, pointer_size);
  const_data += word(tag, pointer_size) + word(text.size(), pointer_size) + text + '\0';
}

void StaticPayload::close_the_gap_before_const_data() {
  while ((pointer_size + sysdata.size() + pointer_size) % const_alignment != 0) sysdata += '\0';
}

std::string StaticPayload::bytes() const {
  std::string closed = sysdata;
  pad(closed, 4);
  std::string all = word(closed.size(), pointer_size) + closed;
  const auto section = [&](const std::string& data, uint64_t alignment) {
    all += word(data.size(), pointer_size);
    pad(all, alignment);
    all += data;
  };
  section(const_data, const_alignment);
  std::string list;
  for (const std::string& symbol : symbols) list += word(symbol.size(), 4) + symbol + '\0';
  section(list, 8);
  section(relocations, 8);
  section(gvars, 8);
  section("", 8);  // fptrs
  pad(all, 8);
  all += std::string(static_cast<size_t>(roots) * pointer_size, '\1');
  for (int k = 0; k < 4; ++k) all += word(0, 4);               // link ids
  all += word(0, 4);                                           // first external function
  if (roots == 7 || ccallables) all += word(0, pointer_size);  // ccallables
  return all;
}

SyntheticImage::SyntheticImage(std::string payload, std::string_view layout, unsigned pointer_size)
    : bytes(std::move(payload)) {
  image = view_bytes(bytes, "synthetic.ji");
  file.layout = &layout_named(layout);
  file.prefix.pointer_size = static_cast<uint8_t>(pointer_size);
  file.prefix.format = file.layout->format;
  file.payload = {0, bytes.size()};
  file.checksum = 0xFAFBFCFD00000000U | crc32c::value(bytes);
}

void SyntheticImage::set_library(std::string content) {
  library_bytes = std::move(content);
  library = view_bytes(library_bytes, "synthetic.so");
  file.clone_targets = std::string(4, '\0');
}

std::string SyntheticImage::after(const PayloadPlan& plan) const {
  return apply(bytes, plan.image);
}

}  // namespace jireloc::test
