// libcrypto marks the plain functions of a hash deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bundle/frames.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "bundle/frames_ahead.hpp"
#include "jireloc/error.hpp"

namespace jireloc::bundles {
namespace {

constexpr size_t kInput = 64 << 10;  // that is read at a time
constexpr size_t kMostFrames = 1 << 24;
constexpr int kWindowLog = 23;  // a whole frame; level 19, the highest that is used, has it by itself
constexpr uint32_t kDigestMagic = 0x184D2A5A, kTableMagic = 0x184D2A5E, kZstdMagic = 0xFD2FB528;

std::string little(uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string skippable(uint32_t magic, const std::string& content) {
  return little(magic) + little(static_cast<uint32_t>(content.size())) + content;
}

int nibble(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

std::string digest_frame(const bytes::Digest& digest) {
  const std::string hex = digest.text();
  std::string raw;
  for (size_t i = 0; i < hex.size(); i += 2)
    raw += static_cast<char>(nibble(hex[i]) << 4 | nibble(hex[i + 1]));
  return skippable(kDigestMagic, raw);
}

}  // namespace

// The plain functions and not EVP, as for SHA-1: only what is called here gets into a static build.
Sha256::Sha256() : state_(std::make_unique<SHA256_CTX>()) {
  SHA256_Init(state_.get());
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  SHA256_Update(state_.get(), bytes.data(), bytes.size());
}

std::string Sha256::text() {
  unsigned char raw[SHA256_DIGEST_LENGTH];
  SHA256_Final(raw, state_.get());
  std::string text;
  for (const unsigned char byte : raw) text += fmt::format("{:02x}", byte);
  return text;
}

std::string seek_table(const std::vector<Frame>& frames) {
  std::string content;
  for (const Frame& frame : frames) content += little(frame.packed) + little(frame.unpacked);
  content += little(static_cast<uint32_t>(frames.size()));
  content += '\0';
  return skippable(kTableMagic, content + little(0x8F92EAB1));
}

// Frames with their size in the header and a checksum behind them. Not by zstd's own threads: Debian's
// libzstd.a has none. Long distances: what packages and images of one depot have in common lies far apart.
FrameCompressor::FrameCompressor(int level) : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
  if (!context_) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_enableLongDistanceMatching, 1);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, kWindowLog);
  // Long matches are what is looked for, short ones are found nearby: less time than by default, and as
  // small.
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_ldmMinMatch, 128);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_ldmHashRateLog, 7);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_ldmBucketSizeLog, 1);
}

PackedFrame FrameCompressor::pack(std::string_view bytes) {
  if (const size_t bound = ZSTD_compressBound(bytes.size()); bound > capacity_) {
    out_ = std::make_unique_for_overwrite<char[]>(bound);
    capacity_ = bound;
  }
  const size_t size = ZSTD_compress2(context_.get(), out_.get(), capacity_, bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0)
    throw Error(ErrorKind::unsupported, fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  return {std::string(out_.get(), size), static_cast<uint32_t>(bytes.size())};
}

FrameWriter::FrameWriter(Sink sink, int level) : sink_(std::move(sink)), compressor_(level) {}

void FrameWriter::put_bytes(std::string_view packed) {
  sink_(packed);
  sha_.add(packed);
  size_ += packed.size();
}

void FrameWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kFrame - open_.size());
    open_ += piece;
    bytes.remove_prefix(piece.size());
    if (open_.size() == kFrame) cut();
  }
}

void FrameWriter::cut() {
  if (open_.empty()) return;
  put(compressor_.pack(open_));
  open_.clear();
}

void FrameWriter::put(const PackedFrame& frame) {
  digest_.add(frame.bytes);
  put_bytes(frame.bytes);
  frames_.push_back({static_cast<uint32_t>(frame.bytes.size()), frame.unpacked});
}

void FrameWriter::finish() {
  cut();
  const std::string digest = digest_frame(digest_);
  put_bytes(digest);
  frames_.push_back({static_cast<uint32_t>(digest.size()), 0});
  put_bytes(seek_table(frames_));
}

bool starts_as_frame(std::string_view bytes) {
  const std::string magic = little(kZstdMagic);
  return bytes.substr(0, magic.size()) == std::string_view(magic).substr(0, bytes.size());
}

struct FrameReader::FrameInMemory {
  std::shared_ptr<FramesAhead::Unpacked> unpacked;
  size_t at = 0;

  std::string_view rest() const {
    return unpacked ? std::string_view(unpacked->bytes.get(), unpacked->size).substr(at) : std::string_view();
  }
};

FrameReader::FrameReader(const BundleSource& source, int ahead)
    : source_(source),
      stream_(ZSTD_createDCtx(), ZSTD_freeDCtx),
      buffer_(std::make_unique_for_overwrite<char[]>(kInput)),
      in_memory_(std::make_unique<FrameInMemory>()) {
  if (!stream_) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kWindowLog);
  if (ahead > 0) ahead_ = std::make_unique<FramesAhead>(source_, ahead);
}

FrameReader::~FrameReader() = default;

std::string_view FrameReader::unpacked_ahead() {
  if (in_memory_->rest().empty() && ahead_) {
    if (in_memory_->unpacked) ahead_->take_back(std::move(in_memory_->unpacked));
    *in_memory_ = {ahead_->next(), 0};
    if (!in_memory_->unpacked) {
      left_ = ahead_->left();
      ahead_.reset();
    } else {
      if (frames_.size() == kMostFrames)
        fail(ErrorKind::too_large, fmt::format("more than {} frames", kMostFrames));
      const FramesAhead::Unpacked& frame = *in_memory_->unpacked;
      frames_.push_back({static_cast<uint32_t>(frame.packed.size()), frame.size});
      taken_ += frame.packed.size();
      sha_.add(frame.packed);
      digest_.add(frame.packed);
    }
  }
  return in_memory_->rest();
}

void FrameReader::fail(ErrorKind kind, const std::string& what) const {
  throw Error(kind, what, source_.name, taken_);
}

size_t FrameReader::read_source(char* to, size_t most) {
  const size_t some = left_.copy(to, most, left_at_);
  left_at_ += some;
  return some != 0 ? some : source_.read(to, most);
}

// False at the end of the stream.
bool FrameReader::refill() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const size_t got = read_source(buffer_.get() + end_, kInput - end_);
  end_ += got;
  return got != 0;
}

void FrameReader::take(size_t size) {
  sha_.add({buffer_.get() + begin_, size});
  begin_ += size;
  taken_ += size;
}

std::string FrameReader::raw(size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    if (begin_ == end_ && !refill()) fail(ErrorKind::truncated, "the bundle ends early");
    const size_t some = std::min(size - bytes.size(), end_ - begin_);
    bytes.append(buffer_.get() + begin_, some);
    take(some);
  }
  return bytes;
}

void FrameReader::begin_frame() {
  while (end_ - begin_ < 4)
    if (!refill()) fail(ErrorKind::truncated, "the bundle ends early");
  if (std::string_view(buffer_.get() + begin_, 4) != little(kZstdMagic))
    fail(ErrorKind::bad_value, taken_ == 0 ? "it is no bundle: it is not compressed with zstd"
                                           : "no frame of zstd where one belongs");
  if (frames_.size() == kMostFrames)
    fail(ErrorKind::too_large, fmt::format("more than {} frames", kMostFrames));
  in_frame_ = true;
  frame_begin_ = taken_;
  unpacked_ = 0;
}

void FrameReader::end_frame() {
  in_frame_ = false;
  if (taken_ - frame_begin_ > UINT32_MAX || unpacked_ > UINT32_MAX)
    fail(ErrorKind::too_large, "a frame of 4 GiB");
  frames_.push_back({static_cast<uint32_t>(taken_ - frame_begin_), static_cast<uint32_t>(unpacked_)});
}

// Gives what zstd does: 0 at the end of a frame.
size_t FrameReader::unpack(ZSTD_outBuffer& out) {
  ZSTD_inBuffer in{buffer_.get() + begin_, end_ - begin_, 0};
  const size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
  digest_.add({buffer_.get() + begin_, in.pos});
  take(in.pos);
  if (ZSTD_isError(left) != 0)
    fail(ErrorKind::bad_checksum, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
  return left;
}

void FrameReader::read(char* to, size_t size) {
  while (size != 0) {
    const size_t some = unpacked_ahead().copy(to, size);
    if (some == 0) break;
    in_memory_->at += some;
    to += some;
    size -= some;
  }
  ZSTD_outBuffer out{to, size, 0};
  while (out.pos < out.size) {
    if (!in_frame_) begin_frame();
    const size_t before = out.pos;
    const size_t left = unpack(out);
    unpacked_ += out.pos - before;
    if (left == 0) {
      end_frame();
    } else if (begin_ == end_ && out.pos < out.size && out.pos == before && !refill()) {
      fail(ErrorKind::truncated, "the bundle ends early");
    }
  }
}

std::optional<std::string_view> FrameReader::view(size_t size, std::shared_ptr<const void>& owner) {
  const std::string_view there = unpacked_ahead();
  if (size == 0 || there.size() < size) return {};
  std::string().swap(in_memory_->unpacked->packed);  // it may be kept for long, and is not asked for again
  owner = in_memory_->unpacked;
  in_memory_->at += size;
  return there.substr(0, size);
}

void FrameReader::finish() {
  if (!in_memory_->rest().empty()) fail(ErrorKind::bad_value, "something follows the end of the archive");
  if (!unpacked_ahead().empty())
    fail(ErrorKind::bad_checksum, "the digest of the bundle does not hold: it was changed or damaged");
  // What is left of the frame is its end and its checksum.
  while (in_frame_) {
    char more = 0;
    ZSTD_outBuffer out{&more, 1, 0};
    const uint64_t before = taken_;
    const size_t left = unpack(out);
    if (out.pos != 0) fail(ErrorKind::bad_value, "something follows the end of the archive");
    if (left == 0)
      end_frame();
    else if (taken_ == before && !refill())
      fail(ErrorKind::truncated, "the bundle ends early");
  }
  const std::string digest = digest_frame(digest_);
  if (raw(digest.size()) != digest)
    fail(ErrorKind::bad_checksum, "the digest of the bundle does not hold: it was changed or damaged");
  frames_.push_back({static_cast<uint32_t>(digest.size()), 0});
  const std::string table = seek_table(frames_);
  if (raw(table.size()) != table) fail(ErrorKind::bad_value, "the table of frames does not hold");
  if (begin_ != end_ || refill()) fail(ErrorKind::bad_value, "something follows the end of the bundle");
}

}  // namespace jireloc::bundles
