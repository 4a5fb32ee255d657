// Tries every known layout against a cache file, whatever its format number says, and prints how far each
// gets: what a maintainer needs on the day of a new format (src/format/README.md).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "format/select.hpp"
#include "format/source_text.hpp"
#include "jireloc/support.hpp"

using namespace jireloc;

namespace {

struct Attempt {
  std::string_view layout;
  uint64_t offset = 0;  // where it stopped
  std::string what;     // the first field that disagrees, or what fits
};

// Behind a header that fits: the source texts and the checksums.
void try_the_rest(const ByteSource& source, CacheFile& file, Attempt& attempt) {
  format::read_source_section(source, file);
  attempt.offset = source.size();
  const Checksums sums = verify_checksums(file, source);
  attempt.what = fmt::format("all fits: header, {} source texts; file checksum {}, payload checksum {}",
                             file.source_texts.size(), sums.file_crc_ok ? "holds" : "does NOT hold",
                             !sums.payload_crc_ok   ? "none here"
                             : *sums.payload_crc_ok ? "holds"
                                                    : "does NOT hold");
}

Attempt attempt_with(const ByteSource& source, const Layout& layout) {
  Attempt attempt{layout.name, 0, {}};
  try {
    CacheFile file = format::read_header_as(source, layout);
    file.file_size = source.size();
    attempt.offset = file.header_end;
    try_the_rest(source, file, attempt);
  } catch (const Error& error) {
    attempt.offset = std::max(attempt.offset, error.offset().value_or(0));
    attempt.what = error.message();
  }
  return attempt;
}

void probe(const std::string& path) {
  const auto source = open_file(path);
  const Prefix prefix = read_common_fields(*source);
  fmt::print("{}: format {} of Julia {} ({} {}, {}-byte pointers), {} bytes\n", path, prefix.format,
             prefix.version, prefix.uname, prefix.arch, prefix.pointer_size, source->size());
  std::vector<Attempt> attempts;
  for (const Layout& layout : layouts()) attempts.push_back(attempt_with(*source, layout));
  std::stable_sort(attempts.begin(), attempts.end(),
                   [](const Attempt& a, const Attempt& b) { return a.offset > b.offset; });
  for (const Attempt& attempt : attempts)
    fmt::print("  {:<5} to offset {:>8}: {}\n", attempt.layout, attempt.offset, attempt.what);
}

}  // namespace

int main(int argc, char** argv) {
  int status = argc < 2 ? 2 : 0;
  if (status == 2) fmt::print(stderr, "layout-probe: which cache file?\n");
  for (int k = 1; k < argc; ++k) {
    try {
      probe(argv[k]);
    } catch (const std::exception& error) {
      fmt::print(stderr, "layout-probe: {}: {}\n", argv[k], error.what());
      status = 3;
    }
  }
  return status;
}
