#include "jireloc/native_library.hpp"

#include <fmt/format.h>

#include "bytes/digest.hpp"
#include "bytes/windows.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"
#include "native/image_data.hpp"

namespace jireloc {
namespace {

// What Julia compares when it loads the library (jl_validate_cache_file), and the payload's checksum.
void compare_embedded(NativeCheck& check, const CacheFile& file, const native::ImageData& data) {
  const EmbeddedHeader& header = *check.embedded;
  const auto expect = [&](bool equal, std::string_view what) {
    if (!equal)
      check.problems.push_back(
          {Code::library_mismatch, fmt::format("the header inside has another {} than the image", what)});
  };
  expect(header.prefix == file.prefix, "Julia build");
  expect(header.pkgimage == 1, "kind");
  expect(header.flags == file.flags, "set of cache flags");
  expect(header.syntax_version == file.syntax_version, "syntax version");
  expect(header.checksum == file.checksum, "payload checksum");
  expect(header.required_modules == file.required_modules, "list of required modules");
  if (!data.bad_checksum.empty()) check.problems.push_back({Code::bad_payload_checksum, data.bad_checksum});
}

void look_inside(NativeCheck& check, const CacheFile& file, const ByteSource& library, uint64_t max_size) {
  const native::Library described = native::read_library(library);
  if (file.layout->payload_always_here) {
    // Formats 14 and 15: the library holds no more than the checksum of the payload in the image.
    if (described.image_checksum && *described.image_checksum != static_cast<uint32_t>(file.checksum)) {
      check.problems.push_back(
          {Code::library_mismatch,
           fmt::format("it was made for a payload with checksum {}, the image says {}",
                       hex32(*described.image_checksum), hex32(static_cast<uint32_t>(file.checksum)))});
    }
    return;
  }
  const native::ImageData data = native::find_image_data(library, described, *file.layout, max_size);
  check.embedded = data.header;
  compare_embedded(check, file, data);
  check.payload_digest = bytes::digest(*data.source, data.payload);
}

Reason reason_of(const Error& error) {
  if (error.system_errno() == ENOENT) return {Code::library_absent, "it is not there"};
  if (!is_disproof(error.kind())) return error.reason();
  return {Code::library_refused, error.message(), {}, {}, error.offset()};
}

}  // namespace

NativeCheck check_native_library(const CacheFile& file, const std::string& path,
                                 const std::function<std::unique_ptr<ByteSource>()>& open,
                                 uint64_t most_unpacked) {
  NativeCheck check;
  check.path = path;
  try {
    const std::unique_ptr<ByteSource> library = open();
    check.size = library->size();
    check.crc = bytes::checksum(*library, bytes::whole(*library));
    check.so_crc_ok = check.crc == file.so_crc;
    if (!check.so_crc_ok) {
      check.problems.push_back(
          {Code::bad_library_checksum,
           fmt::format("its CRC-32C is {}, the image says {}", hex32(check.crc), hex32(file.so_crc))});
    }
    look_inside(check, file, *library, most_unpacked);
  } catch (const Error& error) {
    check.problems.push_back(reason_of(error));
  }
  return check;
}

}  // namespace jireloc
