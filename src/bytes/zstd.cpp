#include "bytes/zstd.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <new>

#include "bytes/unpacked.hpp"
#include "bytes/windows.hpp"
#include "jireloc/error.hpp"

namespace jireloc::bytes {

bool begins_with_zstd_magic(const ByteSource& source, uint64_t offset) {
  constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
  if (source.size() < kMagic.size() || offset > source.size() - kMagic.size()) return false;
  return source.read_string(offset, kMagic.size()) == kMagic;
}

Unpacker::Unpacker() : stream_(ZSTD_createDStream(), ZSTD_freeDStream), out_(ZSTD_DStreamOutSize(), '\0') {
  if (!stream_) throw std::bad_alloc();
}

Unpacker::State Unpacker::unpack(std::string_view& packed, const std::function<void(std::string_view)>& use) {
  // A full buffer may have left bytes behind in the decoder although all input was taken.
  for (bool full = false; !packed.empty() || full;) {
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
    packed.remove_prefix(in.pos);
    if (ZSTD_isError(left) != 0) {
      problem_ = ZSTD_getErrorName(left);
      return State::damaged;
    }
    use(std::string_view(out_).substr(0, out.pos));
    if (left == 0) return State::frame_ended;
    full = out.pos == out.size;
  }
  return State::inside_frame;
}

namespace {

// `only_one`: what lies behind the first frame is none.
std::unique_ptr<ByteSource> unpack(const ByteSource& source, Extent extent, uint64_t most, bool only_one) {
  using State = Unpacker::State;
  Unpacker unpacker;
  Unpacked result(extent.size, most, source.name());
  State state = State::inside_frame;
  all_of_windows(source, extent, 0, [&](const Window& window) {
    std::string_view packed = window.bytes;
    while (!packed.empty()) {
      state = unpacker.unpack(packed, [&](std::string_view piece) { result.append(piece); });
      if (state == State::damaged)
        throw Error(ErrorKind::bad_value, fmt::format("zstd: {}", unpacker.problem()), source.name(),
                    window.fresh_end - packed.size());
      if (only_one && state == State::frame_ended) return false;
    }
    return true;
  });
  if (state == State::inside_frame)
    throw Error(ErrorKind::truncated, "what is compressed ends early", source.name(), extent.end());
  return result.take();
}

// A frame may announce its size: a bomb that does is refused before any work.
void check_announced(const ByteSource& source, uint64_t limit) {
  constexpr uint64_t kLongestFrameHeader = 18;
  const std::string head = source.read_string(0, std::min(source.size(), kLongestFrameHeader));
  const unsigned long long announced = ZSTD_getFrameContentSize(head.data(), head.size());
  if (announced == ZSTD_CONTENTSIZE_ERROR && !head.empty())
    throw Error(ErrorKind::bad_value, "not compressed with zstd, whatever its name says", source.name(), 0);
  if (announced < ZSTD_CONTENTSIZE_ERROR && announced > limit)
    throw Error(ErrorKind::too_large,
                fmt::format("more than {} bytes when decompressed", limit), source.name(), {},
                fix::Choose{Setting::maximal_size});
}

}  // namespace

std::unique_ptr<ByteSource> unpack_frame(const ByteSource& source, Extent extent, uint64_t most) {
  return unpack(source, extent, most, true);
}

}  // namespace jireloc::bytes

namespace jireloc {

std::unique_ptr<ByteSource> decompress(const ByteSource& source, uint64_t limit) {
  bytes::check_announced(source, limit);
  return bytes::unpack(source, bytes::whole(source), limit, false);
}

}  // namespace jireloc
