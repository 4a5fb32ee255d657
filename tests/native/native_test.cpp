// Native libraries: what is found in them, and what is refused.
#include <zstd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"
#include "native/image_data.hpp"
#include "support/corpus.hpp"
#include "support/library_builder.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr uint64_t kMark = 0xFAFBFCFD00000000U;
constexpr uint64_t kMost = 1 << 20;

const Layout& layout(std::string_view name) {
  for (const Layout& each : layouts()) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no such layout");
}

// What find_image_data makes of a library's bytes.
struct Found {
  explicit Found(std::string content, std::string_view layout_name = "V12b", uint64_t most = kMost)
      : bytes(std::move(content)),
        source(view_bytes(bytes, "x.so")),
        library(native::read_library(*source)),
        data(native::find_image_data(*source, library, layout(layout_name), most)) {}
  std::string bytes;
  std::unique_ptr<ByteSource> source;
  native::Library library;
  native::ImageData data;
  std::string payload() const { return data.source->read_string(data.payload.offset, data.payload.size); }
};

const std::string kPayload = "the payload, which nobody decodes here";

std::string good_data(std::string_view layout_name = "V12b") {
  return image_data(kPayload, layout_name, kMark | crc32c::value(kPayload));
}

ErrorKind refusal(const std::string& bytes, uint64_t most = kMost) {
  try {
    const Found found(bytes, "V12b", most);
  } catch (const Error& error) {
    CHECK(error.file() == "x.so");
    return error.kind();
  }
  FAIL("accepted");
  return ErrorKind::io;
}

std::string zstd(const std::string& data) {
  std::string packed(ZSTD_compressBound(data.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), data.data(), data.size(), 15));
  return packed;
}

}  // namespace

TEST_CASE("The image data of every real library is found by its symbol, and its checksums hold") {
  int libraries = 0;
  for (const CorpusImage& image : corpus_images()) {
    const auto path = std::filesystem::path(image.ji).replace_extension(".so");
    if (!std::filesystem::exists(path)) continue;
    CAPTURE(path.string());
    const auto ji = open_file(image.ji);
    const CacheFile file = read_cache_file(*ji);
    const auto source = open_file(path);
    const auto library = native::read_library(*source);
    const bool since_1_13 = image.folder.starts_with("1.13") || image.folder.starts_with("1.14");
    CHECK(library.image_checksum.has_value() == since_1_13);
    bool has_debug_info = false;
    for (const auto& section : library.sections) has_debug_info |= section.is_debug_info();
    CHECK(has_debug_info == (image.ji.parent_path().filename() != "MidPrefsExt"));  // which has no code
    ++libraries;
    if (file.layout->payload_always_here) {
      CHECK_FALSE(library.image_data);
      CHECK(library.image_checksum == static_cast<uint32_t>(file.checksum));
      continue;
    }
    const auto data = native::find_image_data(*source, library, *file.layout, kMost);
    CHECK(data.bad_checksum.empty());
    CHECK(data.header.checksum == file.checksum);
    CHECK(data.header.dataendpos == data.symbol.size);
    CHECK(data.header.pkgimage == 1);
    CHECK((data.decompressed != nullptr) == image.is_compressed());
    if (image.is_compressed()) continue;
    // Nothing is found by the magic that the symbol does not tell.
    native::Library without_symbols = library;
    without_symbols.image_data.reset();
    const auto by_magic = native::find_image_data(*source, without_symbols, *file.layout, kMost);
    CHECK(by_magic.symbol == data.symbol);
    CHECK(by_magic.payload == data.payload);
  }
  CHECK(libraries == 37);
}

TEST_CASE("ELF libraries of both word sizes, with dynamic or plain symbols, give up their image data") {
  for (const unsigned word_size : {8U, 4U}) {
    for (const bool dynamic : {true, false}) {
      CAPTURE(word_size, dynamic);
      ElfBuilder elf;
      elf.word_size = word_size;
      elf.dynamic_symbols = dynamic;
      elf.image_data = good_data();
      elf.sections = {{".debug_str", "text"}};
      const Found found(elf.bytes());
      CHECK(found.payload() == kPayload);
      CHECK(found.data.bad_checksum.empty());
      CHECK(found.bytes.substr(found.data.symbol.offset, found.data.symbol.size) == elf.image_data);
      bool seen = false;
      for (const auto& section : found.library.sections) {
        if (!section.is_debug_info()) continue;
        seen = true;
        CHECK(section.name == ".debug_str");
        CHECK(found.bytes.substr(section.extent.offset, section.extent.size) == "text");
      }
      CHECK(seen);
    }
  }
}

TEST_CASE("jl_system_image_size and not the symbol's own size tells how long the data is") {
  ElfBuilder elf;
  elf.image_data = good_data() + std::string(100, 'z');
  elf.image_size = good_data().size();
  CHECK(Found(elf.bytes()).data.symbol.size == good_data().size());
  elf.image_size = uint64_t{1} << 40;
  CHECK(refusal(elf.bytes()) == ErrorKind::bad_offset);
}

TEST_CASE("A payload or a whole symbol with another checksum than recorded is told") {
  ElfBuilder elf;
  elf.image_data = good_data();
  elf.image_checksum = crc32c::value(elf.image_data);
  CHECK(Found(elf.bytes()).data.bad_checksum.empty());
  elf.image_checksum = *elf.image_checksum ^ 1;
  CHECK(Found(elf.bytes()).data.bad_checksum.find("jl_system_image_checksum") != std::string::npos);
  elf.image_checksum.reset();
  elf.image_data.back() = static_cast<char>(elf.image_data.back() ^ 1);
  CHECK(Found(elf.bytes()).data.bad_checksum.find("its header records") != std::string::npos);
}

TEST_CASE("Compressed image data is unpacked up to a limit") {
  ElfBuilder elf;
  elf.image_data = zstd(good_data("V13b"));
  const Found found(elf.bytes(), "V13b");
  REQUIRE(found.data.decompressed);
  CHECK(found.payload() == kPayload);
  CHECK(found.data.bad_checksum.empty());
  CHECK(found.data.compressed.size == elf.image_data.size());
  CHECK(refusal(elf.bytes(), 10) == ErrorKind::too_large);
  elf.image_data.resize(elf.image_data.size() - 5);
  CHECK(refusal(elf.bytes()) == ErrorKind::truncated);
}

TEST_CASE("A library of another container is searched by magic and taken only if a checksum holds") {
  const std::string pe = "MZ" + std::string(500, '\x90') + "\xFBjli\r\n\x1A\n not a header " + good_data() +
                         std::string(77, 'e');
  const Found found(pe);
  CHECK(found.library.container == native::Container::pe);
  CHECK(found.payload() == kPayload);
  std::string damaged = pe;
  damaged[damaged.size() - 80] ^= 1;
  CHECK(refusal(damaged) == ErrorKind::unsupported);
  CHECK(refusal("MZ nothing in it") == ErrorKind::unsupported);
}

TEST_CASE("A signature of a Mach-O library is seen among its load commands") {
  const auto command = [](uint32_t number, uint32_t size) {
    std::string bytes(size, '\0');
    std::memcpy(bytes.data(), &number, 4);
    std::memcpy(bytes.data() + 4, &size, 4);
    return bytes;
  };
  for (const bool is_signed : {false, true}) {
    std::string bytes("\xCF\xFA\xED\xFE", 4);
    bytes.resize(32);
    bytes[16] = 2;
    bytes += command(0x19, 72) + command(is_signed ? 0x1D : 0x02, 16) + good_data();
    const Found found(bytes);
    CHECK(found.library.container == native::Container::macho);
    CHECK(found.library.is_signed == is_signed);
    CHECK(found.payload() == kPayload);
  }
}

TEST_CASE("What is no library, has no image data, or is big-endian is refused in those words") {
  CHECK(refusal("#!/bin/sh\n") == ErrorKind::unsupported);
  CHECK(refusal("") == ErrorKind::unsupported);
  ElfBuilder elf;
  CHECK(refusal(elf.bytes()) == ErrorKind::unsupported);
  elf.image_data = good_data();
  std::string bytes = elf.bytes();
  bytes[5] = 2;
  CHECK(refusal(bytes) == ErrorKind::foreign_byte_order);
  bytes[4] = 7;
  CHECK(refusal(bytes) == ErrorKind::bad_value);
}

TEST_CASE("An ELF library cut or damaged anywhere is read or refused, and never read outside of its bytes") {
  for (const unsigned word_size : {8U, 4U}) {
    ElfBuilder elf;
    elf.word_size = word_size;
    elf.image_data = good_data();
    elf.image_checksum = crc32c::value(elf.image_data);
    elf.sections = {{".debug_str", "text"}};
    const std::string good = elf.bytes();
    int refused = 0, accepted = 0;
    const auto try_bytes = [&](const std::string& bytes) {
      // A copy of its exact size, so that a sanitizer sees an overread.
      const std::string exact(bytes);
      try {
        const Found found(exact);
        CHECK(found.data.payload.end() <= exact.size());
        ++accepted;
      } catch (const Error&) {
        ++refused;
      }
    };
    for (size_t size = 0; size < good.size(); ++size) try_bytes(good.substr(0, size));
    for (size_t at = 0; at < good.size(); ++at) {
      for (const int change : {0x01, 0x80, 0xFF}) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ change);
        try_bytes(bytes);
      }
    }
    CHECK(refused > 1000);
    CHECK(accepted > 1000);
  }
}

TEST_CASE("Symbols are found by names that reach to the end of their table, held in memory or not") {
  for (const size_t size : {size_t{1} << 10, size_t{5} << 20}) {
    for (const bool ends : {true, false}) {
      INFO(size << " " << ends);
      ElfBuilder elf;
      elf.image_data = good_data();
      elf.names_before = std::string(size, 'x');
      elf.last_name_ends = ends;
      elf.image_checksum = crc32c::value(elf.image_data);
      const Found found(elf.bytes());
      CHECK(found.payload() == kPayload);
      CHECK(found.library.image_checksum == elf.image_checksum);
    }
  }
}
