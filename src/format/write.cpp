// Writing a cache file back, and what its checksums say.
#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "bytes/writer.hpp"
#include "format/fields.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc {

std::string serialize_header(const CacheFile& file) {
  bytes::ByteWriter out;
  format::write_header(out, file);
  out.raw(file.padding);
  return std::move(out).take();
}

std::string serialize_tail(const CacheFile& file) {
  bytes::ByteWriter out;
  const std::string& section = *file.source_section;
  out.raw(std::string_view(section).substr(0, section.size() - file.layout->trailer_size()));
  if (file.layout->trailer_size() == 8) out.u32(file.so_crc);
  return std::move(out).take();
}

std::string serialize(const CacheFile& file, const ByteSource& payload_source, Extent payload_extent) {
  if (file.is_split())
    throw Error(ErrorKind::unsupported, "a native library belongs to the image, and both must be written",
                payload_source.name());
  return serialize_ji(file, payload_source, payload_extent);
}

std::string serialize_ji(const CacheFile& file, const ByteSource& payload_source, Extent payload_extent) {
  std::string bytes = serialize_header(file);
  const size_t at = bytes.size();
  bytes.resize(at + payload_extent.size);
  payload_source.read(payload_extent.offset, bytes.data() + at, payload_extent.size);
  bytes += serialize_tail(file);
  bytes::ByteWriter crc;
  crc.u32(crc32c::value(bytes));
  return bytes + std::move(crc).take();
}

namespace {

constexpr size_t kChunk = 256 << 10;  // stays in the second-level cache between the passes over it
constexpr std::string_view kZstdMagic{"\x28\xB5\x2F\xFD", 4};

// Calls `use(string_view)` for successive pieces of the extent.
template <typename Use>
void for_each_chunk(const ByteSource& source, Extent extent, std::string& buffer, Use use) {
  if (const std::string_view all = source.in_memory(); !all.empty()) {
    if (extent.offset > all.size() || extent.size > all.size() - extent.offset)
      throw Error(ErrorKind::truncated, "the extent ends behind the file", source.name(), extent.offset);
    use(all.substr(extent.offset, extent.size));
    return;
  }
  buffer.resize(std::min<uint64_t>(kChunk, extent.size));  // untouched pages of a small file cost start-up
  for (uint64_t done = 0; done < extent.size;) {
    const size_t size = std::min<uint64_t>(kChunk, extent.size - done);
    source.read(extent.offset + done, buffer.data(), size);
    use(std::string_view(buffer.data(), size));
    done += size;
  }
}

// CRC-32C of what a zstd-compressed payload unpacks to (formats 14 and 15: the checksum is taken before
// compression). Nothing is kept but two buffers.
class UnpackedCrc {
 public:
  UnpackedCrc() : stream_(ZSTD_createDStream(), ZSTD_freeDStream), out_(ZSTD_DStreamOutSize(), '\0') {}
  void add(std::string_view packed) {
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    while (in.pos < in.size && !failed_) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      failed_ = ZSTD_isError(ZSTD_decompressStream(stream_.get(), &out, &in)) != 0;
      crc_ = crc32c::extend(crc_, out_.data(), out.pos);
    }
  }
  bool failed() const { return failed_; }
  uint32_t crc() const { return crc_; }

 private:
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  std::string out_;
  uint32_t crc_ = 0;
  bool failed_ = false;
};

std::string digest_text(XXH3_state_t* state) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
  std::string text;
  for (const unsigned char byte : canonical.digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Checksums verify_checksums(const CacheFile& file, const ByteSource& source, const VerifyOptions& options) {
  constexpr uint64_t kCrcSize = 4;
  Checksums sums;
  std::string buffer;
  if (source.size() < file.payload.end() + kCrcSize)
    throw Error(ErrorKind::truncated, "the file is shorter than its header says", source.name(),
                source.size());
  uint32_t head_crc = 0, tail_crc = 0;
  for_each_chunk(source, {0, file.payload.offset}, buffer, [&](std::string_view piece) {
    head_crc = crc32c::extend(head_crc, piece.data(), piece.size());
  });

  const bool packed = file.layout->payload_always_here && file.payload.size > kZstdMagic.size() &&
                      source.read_string(file.payload.offset, kZstdMagic.size()) == kZstdMagic;
  std::optional<UnpackedCrc> unpacked;
  if (packed) unpacked.emplace();
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> digest(nullptr, XXH3_freeState);
  if (options.digest && file.payload.size != 0) {
    digest.reset(XXH3_createState());
    XXH3_128bits_reset(digest.get());
  }
  for_each_chunk(source, file.payload, buffer, [&](std::string_view piece) {
    sums.stored_payload_crc = crc32c::extend(sums.stored_payload_crc, piece.data(), piece.size());
    if (unpacked) unpacked->add(piece);
    if (digest) XXH3_128bits_update(digest.get(), piece.data(), piece.size());
  });
  const Extent tail{file.payload.end(), source.size() - kCrcSize - file.payload.end()};
  for_each_chunk(source, tail, buffer, [&](std::string_view piece) {
    tail_crc = crc32c::extend(tail_crc, piece.data(), piece.size());
  });

  const uint32_t through_payload = crc32c::combine(head_crc, sums.stored_payload_crc, file.payload.size);
  sums.file_crc = crc32c::combine(through_payload, tail_crc, tail.size);
  uint32_t recorded = 0;
  source.read(source.size() - kCrcSize, reinterpret_cast<char*>(&recorded), kCrcSize);
  sums.file_crc_ok = sums.file_crc == recorded;
  sums.payload_crc = unpacked ? unpacked->crc() : sums.stored_payload_crc;
  if (file.layout->aligned_payload && file.payload.size != 0)
    sums.payload_crc_ok =
        sums.payload_crc == static_cast<uint32_t>(file.checksum) && !(unpacked && unpacked->failed());
  if (digest) sums.payload_digest = digest_text(digest.get());
  return sums;
}

}  // namespace jireloc
