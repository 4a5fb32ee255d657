#include "depot_maker/payload.hpp"

#include <cstring>

#include "bytes/writer.hpp"
#include "jireloc/error.hpp"

namespace depot_maker {
namespace {

using jireloc::bytes::ByteWriter;

constexpr uint64_t kAlignment = 64;

uint64_t aligned(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

uint64_t word_at(std::string_view bytes, uint64_t at) {
  uint64_t value = 0;
  if (at > bytes.size() || bytes.size() - at < sizeof value)
    throw jireloc::Error(jireloc::ErrorKind::bad_value, "the sections of a real payload do not add up");
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void set_word(std::string& bytes, uint64_t at, uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void add_filler(std::string& out, uint64_t size, const std::string& filler, Random& random) {
  while (size > 0) {
    const uint64_t begin = random.below(filler.size());
    const uint64_t piece = std::min(size, filler.size() - begin);
    out.append(filler, begin, piece);
    size -= piece;
  }
}

// Tag and length words are the marks of a String; the length word lies at 0 mod 16 of the payload.
std::string string_objects(const std::vector<std::string>& texts, uint64_t at, uint64_t tag) {
  ByteWriter out;
  for (const std::string& text : texts) {
    while ((at + out.size()) % 16 != 8) out.u8(0);
    out.u64(tag);
    out.u64(text.size());
    out.c_string(text);
  }
  return std::move(out).take();
}

std::string symbol_entries(const std::vector<std::string>& texts) {
  ByteWriter out;
  const auto add = [&](const std::string& text) {
    out.u32(static_cast<uint32_t>(text.size()));
    out.c_string(text);
  };
  for (const std::string& text : texts) add(text);
  // What follows is aligned to 8 bytes: a last symbol makes the sum fit.
  constexpr uint64_t kFrame = sizeof(uint32_t) + 1;
  add(std::string(aligned(out.size() + kFrame + 1, 8) - out.size() - kFrame, 's'));
  return std::move(out).take();
}

std::string static_data(const Family& family, const std::string& base, uint64_t size,
                        const PayloadTexts& texts, Random& random) {
  const auto version = family.version();
  const uint64_t tag = version.minor >= 11 ? 0xA7 : 0xA3;
  const uint64_t const_size_at = sizeof(uint64_t) + word_at(base, 0);
  const uint64_t const_data = aligned(const_size_at + sizeof(uint64_t), kAlignment);
  const uint64_t const_end = const_data + word_at(base, const_size_at);
  const uint64_t symbols_size = word_at(base, const_end);
  const uint64_t symbols_end = aligned(const_end + sizeof(uint64_t), 8) + symbols_size;

  const std::string symbols = symbol_entries(texts.symbols);
  // In 1.9 Strings lie in sysdata, which cannot grow without moving what is addressed by offset.
  std::string data = version.minor == 9 ? std::string() : string_objects(texts.strings, const_end, tag);
  const uint64_t now = base.size() + symbols.size() + data.size();
  if (size > now) add_filler(data, size - now, family.filler, random);
  data.append(aligned(data.size(), kAlignment) - data.size(), '\0');

  std::string out;
  out.reserve(base.size() + data.size() + symbols.size());
  out.append(base, 0, const_end).append(data);
  out.append(base, const_end, symbols_end - const_end).append(symbols).append(base, symbols_end);
  set_word(out, const_size_at, const_end - const_data + data.size());
  set_word(out, const_end + data.size(), symbols_size + symbols.size());
  return out;
}

// Up to 1.8: tagged objects one after the other.
std::string stream(const Family& family, const std::string& base, uint64_t size, const PayloadTexts& texts,
                   Random& random) {
  constexpr uint8_t kSymbol = 2, kLongSymbol = 12, kString = 18;
  ByteWriter out;
  for (const std::string& text : texts.symbols) {
    if (text.size() < 256) {
      out.u8(kSymbol);
      out.u8(static_cast<uint8_t>(text.size()));
      out.raw(text);
    } else {
      out.u8(kLongSymbol);
      out.counted(text);
    }
  }
  for (const std::string& text : texts.strings) {
    out.u8(kString);
    out.counted(text);
  }
  std::string all = base + std::move(out).take();
  if (size > all.size()) add_filler(all, size - all.size(), family.filler, random);
  return all;
}

}  // namespace

const RealImage& choose_image(const Family& family, uint64_t size, Random& random) {
  size_t fitting = 0;
  while (fitting < family.images.size() && family.images[fitting].payload.size() <= size) ++fitting;
  return family.images[fitting == 0 ? 0 : random.below(fitting)];
}

std::string make_payload(const Family& family, const RealImage& base, uint64_t size,
                         const PayloadTexts& texts, Random& random) {
  return family.header.layout->has_aligned_payload() ? static_data(family, base.payload, size, texts, random)
                                                     : stream(family, base.payload, size, texts, random);
}

}  // namespace depot_maker
