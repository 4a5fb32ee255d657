// Unpacking what zstd has packed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "jireloc/byte_source.hpp"

struct ZSTD_DCtx_s;

namespace jireloc::bytes {

bool begins_with_zstd_magic(const ByteSource& source, uint64_t offset);

// A row of frames, which come piece by piece. Keeps two buffers, whatever a frame announces.
class Unpacker {
 public:
  enum class State { inside_frame, frame_ended, damaged };

  Unpacker();
  // Unpacks from the front of `packed`, which is shortened by what was taken, until nothing is left of it, a
  // frame ends or is found damaged; `use` gets what comes out.
  State unpack(std::string_view& packed, const std::function<void(std::string_view)>& use);
  // What zstd says of the damage.
  std::string_view problem() const noexcept { return problem_; }

 private:
  std::unique_ptr<ZSTD_DCtx_s, size_t (*)(ZSTD_DCtx_s*)> stream_;
  std::string out_;
  std::string_view problem_;
};

// What one frame at the start of the extent unpacks to; what lies behind it is not looked at. Throws as
// jireloc::decompress does, and Error (too_large) beyond a limit of the item (work_limits.hpp).
std::unique_ptr<ByteSource> unpack_frame(const ByteSource& source, Extent extent, uint64_t most);

}  // namespace jireloc::bytes
