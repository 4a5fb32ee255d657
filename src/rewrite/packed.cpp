#include "rewrite/packed.hpp"

#include "bytes/writer.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::rewriting {

void place_packed(RewritePlan& plan) {
  CacheFile& after = plan.after;
  after.payload.size = plan.payload.packed_payload.size();
  std::vector<std::string> names;
  names.reserve(after.source_texts.size());
  for (const SourceText& text : after.source_texts) names.push_back(text.path);
  place(after, names);
}

std::string packed_image(const RewritePlan& plan, const Frame& frame) {
  return frame.header + plan.payload.packed_payload + frame.tail;
}

void verify_packed(const ByteSource& written, const RewritePlan& plan, const Frame& frame) {
  const auto require = [&](bool holds, const char* what) {
    if (!holds)
      throw Error(
          ErrorKind::bad_checksum,
          std::string("the file as written differs from the plan (") + what + "); nothing was replaced",
          written.name());
  };
  const std::string whole = packed_image(plan, frame);
  require(written.size() == whole.size() && written.read_string(0, whole.size()) == whole, "bytes");
  const CacheFile read = read_cache_file(written);
  require(read.dependencies == plan.after.dependencies && read.source_texts == plan.after.source_texts &&
              read.required_modules == plan.after.required_modules && read.payload == plan.after.payload,
          "contents");
  const Checksums sums = verify_checksums(read, written);
  require(sums.file_crc_ok && sums.payload_crc_ok.value_or(false), "checksums");
}

}  // namespace jireloc::rewriting
