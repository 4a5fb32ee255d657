// XXH3-128, by which payloads are compared and shown.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "jireloc/byte_source.hpp"

struct XXH3_state_s;

namespace jireloc::bytes {

class Digest {
 public:
  Digest();
  void add(std::string_view bytes);
  // In canonical (big-endian) hex.
  std::string text() const;

 private:
  std::unique_ptr<XXH3_state_s, void (*)(XXH3_state_s*)> state_;
};

std::string digest(std::string_view bytes);
std::string digest(const ByteSource& source, Extent extent);

}  // namespace jireloc::bytes
