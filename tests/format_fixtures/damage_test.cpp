// Every byte of every layout damaged: an error with a kind, or a reading that is written back as it was.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/crc32c.hpp"
#include "support/short_run.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

struct Named {
  std::string name, bytes;
};

std::vector<Named> all_files() {
  std::vector<Named> files;
  for (const auto& entry : std::filesystem::directory_iterator(JIRELOC_TEXT_FIXTURES)) {
    if (entry.path().extension() != ".ji") continue;
    files.push_back({entry.path().stem(), test::read_file(entry.path())});
  }
  std::ranges::sort(files, {}, &Named::name);
  return files;
}

// A copy in an allocation of exactly its size, so that AddressSanitizer sees the first byte read behind it.
struct ExactCopy {
  explicit ExactCopy(std::string_view bytes) : data(new char[bytes.size()]), size(bytes.size()) {
    std::memcpy(data.get(), bytes.data(), size);
  }
  std::string_view view() const { return {data.get(), size}; }
  std::unique_ptr<char[]> data;
  size_t size;
};

void mend_file_crc(std::string& bytes) {
  const uint32_t crc = crc32c::extend(0, bytes.data(), bytes.size() - 4);
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
}

enum class Outcome { refused, read };

// Reads `bytes` in every way; whatever is read must lie in the file and be written back as it is.
Outcome read_damaged(const std::string& bytes) {
  const ExactCopy copy(bytes);
  const auto source = view_bytes(copy.view(), "damaged");
  try {
    const CacheFile file = read_cache_file(*source);
    if (serialize_ji(file, *source, file.payload) != bytes) FAIL("read, but written back as something else");
    for (const auto& text : file.source_texts)
      if (text.text.end() > bytes.size() || file.text(text).size() != text.text.size)
        FAIL("a source text lies outside the file");
    if (file.payload.end() > bytes.size()) FAIL("the payload lies outside the file");
    (void)verify_checksums(file, *source);
    if (file.is_split()) (void)decode_clone_targets(file.clone_targets);
    return Outcome::read;
  } catch (const Error& error) {
    if (error.message().empty()) FAIL("an error without a sentence");
    return Outcome::refused;
  }
}

}  // namespace

TEST_CASE("a file with any one byte changed is refused, or read and written back as it is") {
  constexpr std::array<unsigned char, 9> flips{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
  // With a step of three, three of them for each byte, and others for the next.
  const size_t step = test::under_asan<size_t>(3, 1);
  size_t refused = 0, read = 0;
  for (const Named& original : all_files()) {
    INFO(original.name);
    for (size_t at = 0; at + 4 < original.bytes.size(); ++at)
      for (size_t k = at % step; k < flips.size(); k += step) {
        const unsigned char flip = flips[k];
        INFO("byte " << at << " xor " << int{flip});
        std::string damaged = original.bytes;
        damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
        mend_file_crc(damaged);
        ++(read_damaged(damaged) == Outcome::read ? read : refused);
      }
  }
  CHECK(refused > 10'000);
  CHECK(read > 10'000);
}

TEST_CASE("a file with any four bytes overwritten by a hostile length is refused or read as what it is") {
  constexpr std::array<uint32_t, 6> lengths{0, 0x7fffffff, 0x80000000, 0xffffffff, 0x7ffffff0, 0x00010000};
  for (const Named& original : all_files()) {
    INFO(original.name);
    for (size_t at = 0; at + 8 <= original.bytes.size(); ++at)
      for (const uint32_t length : lengths) {
        INFO("byte " << at << " is " << length);
        std::string damaged = original.bytes;
        std::memcpy(damaged.data() + at, &length, 4);
        mend_file_crc(damaged);
        read_damaged(damaged);
      }
  }
}

TEST_CASE("a file cut after any byte is never taken for a whole one") {
  for (const Named& original : all_files()) {
    const ExactCopy whole(original.bytes);
    try {
      (void)read_cache_file(*view_bytes(whole.view()));
    } catch (const Error&) {
      continue;  // malformed already
    }
    INFO(original.name);
    for (size_t size = 0; size < original.bytes.size(); ++size) {
      INFO("cut to " << size);
      const ExactCopy copy(std::string_view(original.bytes).substr(0, size));
      CHECK_THROWS_AS(read_cache_file(*view_bytes(copy.view(), "cut")), Error);
    }
  }
}
