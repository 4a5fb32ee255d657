#include "native/library.hpp"

#include <algorithm>

#include "bytes/reader.hpp"
#include "jireloc/error.hpp"

namespace jireloc::native {
namespace {

constexpr uint32_t kMachO32 = 0xFEEDFACE, kMachO64 = 0xFEEDFACF, kCodeSignature = 0x1D;
constexpr uint64_t kLargestCommands = 1 << 20;

// LC_CODE_SIGNATURE among the load commands.
bool macho_is_signed(const ByteSource& source, uint64_t header_size) {
  const std::string head = source.read_string(0, std::min<uint64_t>(source.size(), kLargestCommands));
  bytes::ByteReader in(head);
  in.take(16, "the Mach-O header");
  const uint32_t count = in.u32("ncmds");
  in.take(header_size - 20, "the Mach-O header");
  for (uint32_t k = 0; k < count; ++k) {
    const uint64_t at = in.offset();
    const uint32_t command = in.u32("a load command"), size = in.u32("a load command");
    if (command == kCodeSignature) return true;
    if (size < 8) in.fail(ErrorKind::bad_length, "a load command is too short", at);
    in.take(size - 8, "a load command");
  }
  return false;
}

Library read_macho(const ByteSource& source, uint64_t header_size) {
  Library library;
  library.container = Container::macho;
  library.is_signed = macho_is_signed(source, header_size);
  return library;
}

}  // namespace

Library read_library(const ByteSource& source) {
  try {
    const std::string head = source.read_string(0, std::min<uint64_t>(source.size(), 4));
    if (head ==
        "\x7F"
        "ELF")
      return read_elf(source);
    if (head.starts_with("MZ")) {
      Library library;
      library.container = Container::pe;
      return library;
    }
    bytes::ByteReader in(head);
    const uint32_t magic = head.size() == 4 ? in.u32("the magic") : 0;
    if (magic == kMachO64) return read_macho(source, 32);
    if (magic == kMachO32) return read_macho(source, 28);
  } catch (const Error& error) {
    throw error.in_file(source.name());
  }
  throw Error(ErrorKind::unsupported, "is neither an ELF, a Mach-O nor a PE library", source.name(), 0);
}

}  // namespace jireloc::native
