// The outside of a bundle: frames of zstd, a digest over all of them, and the table of zstd's seekable
// format.
//
//   frame … frame                  the archive; at most 8 MiB each, and all but the middle of a longer file
//                                  begin with an entry
//   skippable frame 0x184D2A5A     XXH3-128 of all bytes before it (16 bytes, big-endian)
//   skippable frame 0x184D2A5E     the seek table (zstd, contrib/seekable_format): packed and unpacked size
//   of
//                                  each frame before it, little-endian, then their number, 00, B1 EA 92 8F
//
// zstd and `tar --zstd` skip what is skippable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/digest.hpp"
#include "jireloc/bundle.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;
struct ZSTD_outBuffer_s;
struct SHA256state_st;

namespace jireloc::bundles {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  std::string text();  // once, at the end

 private:
  std::unique_ptr<SHA256state_st> state_;
};

struct Frame {
  uint32_t packed = 0, unpacked = 0;
};
// With its own header.
std::string seek_table(const std::vector<Frame>& frames);

inline constexpr size_t kFrame = size_t{8} << 20;  // the most that one holds, unpacked

struct PackedFrame {
  std::string bytes;
  uint32_t unpacked = 0;
};

// Makes frames one after another, in memory that is used again. What comes out depends on nothing else than
// the bytes and the level.
class FrameCompressor {
 public:
  explicit FrameCompressor(int level);
  PackedFrame pack(std::string_view bytes);

 private:
  std::unique_ptr<ZSTD_CCtx_s, size_t (*)(ZSTD_CCtx_s*)> context_;
  std::unique_ptr<char[]> out_;
  size_t capacity_ = 0;
};

class FrameWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  FrameWriter(Sink sink, int level);

  void write(std::string_view bytes);
  // Ends the frame, where it holds anything.
  void cut();
  // One that was made elsewhere; behind a cut.
  void put(const PackedFrame& frame);
  void finish();
  uint64_t size() const noexcept { return size_; }
  std::string sha256() { return sha_.text(); }

 private:
  void put_bytes(std::string_view packed);

  Sink sink_;
  FrameCompressor compressor_;
  std::string open_;  // the frame that is being filled
  bytes::Digest digest_;
  Sha256 sha_;
  std::vector<Frame> frames_;
  uint64_t size_ = 0;
};

bool starts_as_frame(std::string_view bytes);

class FramesAhead;

// Reads the same, from a stream of which nothing is believed. Throws Error with the offset in the bundle.
class FrameReader {
 public:
  // `ahead`: so many other threads unpack, as far as frames are as `pack` makes them. What is given and
  // refused is the same.
  FrameReader(const BundleSource& source, int ahead);
  ~FrameReader();

  // The next bytes of what was packed. Throws Error: truncated, bad_value, bad_checksum, too_large.
  void read(char* to, size_t size);
  // The same where they are in memory in one piece, that stays as long as somebody has `owner`.
  std::optional<std::string_view> view(size_t size, std::shared_ptr<const void>& owner);
  // Nothing more was packed, digest and table hold, and nothing follows.
  void finish();
  // So many bytes of the bundle were taken.
  uint64_t offset() const noexcept { return taken_; }
  std::string sha256() { return sha_.text(); }
  // Those that were read, in their order.
  const std::vector<Frame>& frames() const noexcept { return frames_; }
  [[noreturn]] void fail(ErrorKind kind, const std::string& what) const;

 private:
  struct FrameInMemory;
  // What there is of a frame that another thread has unpacked; empty: none comes from there any more.
  std::string_view unpacked_ahead();
  size_t read_source(char* to, size_t most);
  bool refill();
  void take(size_t size);
  size_t unpack(ZSTD_outBuffer_s& out);
  std::string raw(size_t size);
  void begin_frame();
  void end_frame();

  const BundleSource& source_;
  std::unique_ptr<ZSTD_DCtx_s, size_t (*)(ZSTD_DCtx_s*)> stream_;
  std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0, end_ = 0;  // what is left in the buffer
  bytes::Digest digest_;
  Sha256 sha_;
  std::vector<Frame> frames_;
  bool in_frame_ = false;
  uint64_t taken_ = 0, frame_begin_ = 0, unpacked_ = 0;
  std::unique_ptr<FrameInMemory> in_memory_;
  std::string left_;                    // by the other thread, to be read before the source
  size_t left_at_ = 0;                  // so much of that was read
  std::unique_ptr<FramesAhead> ahead_;  // null: none is at work
};

}  // namespace jireloc::bundles
