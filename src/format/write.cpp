// Writing a cache file back, and what its checksums say.
#include "bytes/digest.hpp"
#include "bytes/windows.hpp"
#include "bytes/writer.hpp"
#include "bytes/zstd.hpp"
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

// CRC-32C of what a zstd-compressed payload unpacks to (formats 14 and 15: the checksum is taken before
// compression). Nothing of it is kept.
class UnpackedCrc {
 public:
  void add(std::string_view packed) {
    while (!packed.empty() && !failed_) {
      const auto state = unpacker_.unpack(packed, [this](std::string_view piece) {
        crc_ = crc32c::extend(crc_, piece.data(), piece.size());
      });
      failed_ = state == bytes::Unpacker::State::damaged;
    }
  }
  bool failed() const { return failed_; }
  uint32_t crc() const { return crc_; }

 private:
  bytes::Unpacker unpacker_;
  uint32_t crc_ = 0;
  bool failed_ = false;
};

}  // namespace

Checksums verify_checksums(const CacheFile& file, const ByteSource& source, const VerifyOptions& options) {
  constexpr uint64_t kCrcSize = 4;
  Checksums sums;
  if (source.size() < file.payload.end() + kCrcSize)
    throw Error(ErrorKind::truncated, "the file is shorter than its header says", source.name(),
                source.size());
  const uint32_t head_crc = bytes::checksum(source, {0, file.payload.offset});
  std::optional<UnpackedCrc> unpacked;
  if (file.layout->payload_always_here && file.payload.size != 0 &&
      bytes::begins_with_zstd_magic(source, file.payload.offset))
    unpacked.emplace();
  std::optional<bytes::Digest> digest;
  if (options.digest && file.payload.size != 0) digest.emplace();
  bytes::for_each_piece(source, file.payload, [&](std::string_view piece) {
    sums.stored_payload_crc = crc32c::extend(sums.stored_payload_crc, piece.data(), piece.size());
    if (unpacked) unpacked->add(piece);
    if (digest) digest->add(piece);
  });
  const Extent tail{file.payload.end(), source.size() - kCrcSize - file.payload.end()};
  const uint32_t tail_crc = bytes::checksum(source, tail);

  const uint32_t through_payload = crc32c::combine(head_crc, sums.stored_payload_crc, file.payload.size);
  sums.file_crc = crc32c::combine(through_payload, tail_crc, tail.size);
  uint32_t recorded = 0;
  source.read(source.size() - kCrcSize, reinterpret_cast<char*>(&recorded), kCrcSize);
  sums.file_crc_ok = sums.file_crc == recorded;
  sums.payload_crc = unpacked ? unpacked->crc() : sums.stored_payload_crc;
  if (file.layout->has_aligned_payload() && file.payload.size != 0)
    sums.payload_crc_ok =
        sums.payload_crc == static_cast<uint32_t>(file.checksum) && !(unpacked && unpacked->failed());
  if (digest) sums.payload_digest = digest->text();
  return sums;
}

}  // namespace jireloc
