// Bytes that come out of a decompressor, however many it would like to give.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "jireloc/byte_source.hpp"

namespace jireloc::bytes {

class Unpacked {
 public:
  // `packed`: how many bytes they come from. `most`: what is allowed of this one.
  Unpacked(uint64_t packed, uint64_t most, std::string name);

  // Throws Error (too_large) beyond `most` or a limit of the item (work_limits.hpp). Many threads may hold a
  // few MiB each; what has more waits until no other thread holds more.
  void append(std::string_view piece);
  // Gives its turn back when it is destroyed, which must be in the same thread.
  std::unique_ptr<ByteSource> take();

 private:
  const uint64_t expanded_, most_;
  std::string name_, bytes_;
  std::unique_lock<std::recursive_mutex> turn_;
};

}  // namespace jireloc::bytes
