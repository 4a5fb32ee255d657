#include "bundle/tar.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace jireloc::bundles {
namespace {

// IEEE Std 1003.1, "ustar Interchange Format".
struct Field {
  size_t offset, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12},
    kSum{148, 8}, kType{156, 1}, kLink{157, 100}, kMagic{257, 8};
constexpr uint64_t kLargestSize = (uint64_t{1} << 33) - 1;  // eleven octal digits

using Block = std::array<char, kBlock>;

void put(Block& block, Field field, std::string_view text) {
  text.copy(block.data() + field.offset, field.size);  // which takes an empty one that points nowhere
}

void put_octal(Block& block, Field field, uint64_t value) {
  for (size_t i = field.size - 1; i-- > 0; value >>= 3)
    block[field.offset + i] = static_cast<char>('0' + (value & 7));
}

// Its own field, which is empty yet, counts as spaces.
uint32_t sum_of(const Block& block) {
  uint32_t sum = kSum.size * ' ';
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  return sum;
}

char type_flag(BundleFileKind kind) {
  return kind == BundleFileKind::folder ? '5' : kind == BundleFileKind::link ? '2' : '0';
}

std::string block_text(std::string_view name, char type, uint64_t size, mode_t mode, int64_t seconds,
                       std::string_view link) {
  Block block{};
  put(block, kName, name);
  put_octal(block, kMode, mode);
  put_octal(block, kUser, 0);
  put_octal(block, kGroup, 0);
  put_octal(block, kSize, size);
  put_octal(block, kTime, static_cast<uint64_t>(std::clamp<int64_t>(seconds, 0, kLargestSize)));
  block[kType.offset] = type;
  put(block, kLink, link);
  put(block, kMagic, std::string_view("ustar\00000", 8));
  put_octal(block, {kSum.offset, 7}, sum_of(block));
  block[kSum.offset + 7] = ' ';
  return {block.data(), block.size()};
}

bool is_plain(std::string_view text, size_t most) {
  return text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "LENGTH KEY=VALUE\n", the length with its own digits.
std::string record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (rest + std::to_string(length).size() != length) ++length;
  std::string text = std::to_string(length);
  text.reserve(length);
  return ((((text += ' ') += key) += '=') += value) += '\n';
}

std::string time_text(const BundleFile& file) {
  // Of a time before the epoch the fraction counts towards zero in pax.
  const bool is_before = file.seconds < 0 && file.nanoseconds != 0;
  const std::string fraction =
      std::to_string(is_before ? 1'000'000'000 - file.nanoseconds : file.nanoseconds);
  std::string text = is_before ? "-" + std::to_string(-(file.seconds + 1)) : std::to_string(file.seconds);
  return (text += '.').append(9 - fraction.size(), '0') += fraction;
}

std::string name_in_tar(const BundleFile& file) {
  return file.kind == BundleFileKind::folder ? file.path + "/" : file.path;
}

std::string records_of(const BundleFile& file) {
  std::string records;
  const std::string name = name_in_tar(file);
  if (!is_plain(name, kName.size)) records += record("path", name);
  if (!is_plain(file.link, kLink.size)) records += record("linkpath", file.link);
  if (file.size > kLargestSize) records += record("size", std::to_string(file.size));
  const bool fits = file.seconds >= 0 && static_cast<uint64_t>(file.seconds) <= kLargestSize;
  if (file.nanoseconds != 0 || !fits) records += record("mtime", time_text(file));
  return records;
}

}  // namespace

std::string tar_header(const BundleFile& file) {
  std::string text;
  const std::string records = records_of(file);
  if (!records.empty()) {
    text = block_text("PaxHeader", 'x', records.size(), 0644, 0, "") + records;
    text.append(padding_of(records.size()), '\0');
  }
  const std::string name = name_in_tar(file);
  return text + block_text(is_plain(name, kName.size) ? name : std::string_view("long"), type_flag(file.kind),
                           file.size > kLargestSize ? 0 : file.size, file.mode, file.seconds,
                           is_plain(file.link, kLink.size) ? file.link : std::string_view());
}

std::string tar_end() {
  return std::string(2 * kBlock, '\0');
}

BundleFile manifest_entry(uint64_t size) {
  BundleFile file;
  file.path = kManifestName;
  file.size = size;
  file.mode = 0644;
  return file;
}

std::optional<uint64_t> manifest_size(std::string_view block) {
  uint64_t size = 0;
  for (size_t i = 0; i + 1 < kSize.size; ++i) {
    const char digit = i + kSize.offset < block.size() ? block[kSize.offset + i] : ' ';
    if (digit < '0' || digit > '7') return {};
    size = size * 8 + static_cast<uint64_t>(digit - '0');
  }
  return tar_header(manifest_entry(size)) == block ? std::optional(size) : std::nullopt;
}

}  // namespace jireloc::bundles
