// What is read of a file is written back byte for byte, but for its checksum where that was wrong; and what
// is laid out anew is read as the same value.
#include "fuzz/targets.hpp"
#include "jireloc/cache_file.hpp"
#include "support/random_image.hpp"

namespace jireloc::fuzz {

void round_trip(std::string_view data) {
  const auto source = view_bytes(data, "input");
  CacheFile file;
  try {
    file = read_cache_file(*source);
  } catch (const Error&) {
    return;
  }
  const std::string written = serialize_ji(file, *source, file.payload);
  require(written.size() == data.size(), "a file written back has its length");
  require(std::string_view(written).substr(0, written.size() - 4) == data.substr(0, data.size() - 4),
          "a file written back has its bytes");
  if (verify_checksums(file, *source).file_crc_ok)
    require(written == data, "a file with a right checksum is written back with it");

  const std::string payload(data.substr(file.payload.offset, file.payload.size));
  CacheFile placed = file;
  std::vector<std::string> names;
  for (const SourceText& text : file.source_texts) names.push_back(text.path);
  place(placed, names);
  const std::string again = serialize_ji(placed, *source, file.payload);
  const CacheFile read = read_cache_file(*view_bytes(again));
  const std::string different = test::difference(read, placed);
  require(different.empty(), "a file laid out anew is read as it was laid out, but not its " + different);
}

}  // namespace jireloc::fuzz
