#include "cli/compressed.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "bytes/unpacked.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
};

[[noreturn]] void refuse(const ByteSource& source, uint64_t limit) {
  throw Error(ErrorKind::too_large,
              fmt::format("more than {} bytes when decompressed; see --max-size", limit), source.name());
}

// A frame may announce its size: a bomb that does is refused before any work.
void check_announced(const ByteSource& source, std::string_view head, uint64_t limit) {
  const unsigned long long announced = ZSTD_getFrameContentSize(head.data(), head.size());
  if (announced == ZSTD_CONTENTSIZE_ERROR) {
    throw Error(ErrorKind::bad_value, "not compressed with zstd, whatever its name says", source.name(), 0);
  }
  if (announced != ZSTD_CONTENTSIZE_UNKNOWN && announced > limit) refuse(source, limit);
}

}  // namespace

std::unique_ptr<ByteSource> decompress(const ByteSource& source, uint64_t limit) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
  if (!stream) throw std::bad_alloc();
  std::string in(ZSTD_DStreamInSize(), '\0'), chunk(ZSTD_DStreamOutSize(), '\0');
  bytes::Unpacked out(source.size(), limit, source.name());
  size_t unfinished = 1;
  for (uint64_t offset = 0; offset < source.size();) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(in.size(), source.size() - offset));
    source.read(offset, in.data(), size);
    if (offset == 0) check_announced(source, {in.data(), size}, limit);
    ZSTD_inBuffer input{in.data(), size, 0};
    // A full chunk may have left bytes behind in the decoder although all input was taken.
    bool full = false;
    while (input.pos < input.size || full) {
      ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
      unfinished = ZSTD_decompressStream(stream.get(), &output, &input);
      if (ZSTD_isError(unfinished) != 0) {
        throw Error(ErrorKind::bad_value, fmt::format("zstd: {}", ZSTD_getErrorName(unfinished)),
                    source.name(), offset + input.pos);
      }
      out.append(std::string_view(chunk).substr(0, output.pos));
      full = output.pos == output.size;
    }
    offset += size;
  }
  if (unfinished != 0)
    throw Error(ErrorKind::truncated, "the compressed file ends early", source.name(), source.size());
  return out.take();
}

}  // namespace jireloc::cli
