#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "bytes/unpacked.hpp"
#include "jireloc/error.hpp"
#include "native/image_data.hpp"

namespace jireloc::native {

std::unique_ptr<ByteSource> decompress(std::string_view compressed, uint64_t max_size,
                                       const std::string& name) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        ZSTD_freeDStream);
  if (!stream) throw std::bad_alloc();
  const auto fail = [&](std::string_view why) {
    throw Error(ErrorKind::bad_value, fmt::format("the compressed image data is damaged: {}", why), name);
  };
  bytes::Unpacked result(compressed.size(), max_size, name);
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  // The size that a frame announces is not believed: memory grows with what has really been unpacked.
  for (;;) {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    const size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left)) fail(ZSTD_getErrorName(left));
    result.append(std::string_view(piece).substr(0, out.pos));
    if (left == 0) return result.take();
    if (in.pos == in.size && out.pos < out.size) fail("it ends early");
  }
}

}  // namespace jireloc::native
