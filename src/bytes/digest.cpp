#include "bytes/digest.hpp"

#include <xxhash.h>

#include <new>

#include "bytes/windows.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc::bytes {
namespace {

std::string text_of(const XXH128_hash_t& hash) {
  return hex64(hash.high64) + hex64(hash.low64);
}

}  // namespace

Digest::Digest()
    : state_(XXH3_createState(), [](XXH3_state_s* state) { static_cast<void>(XXH3_freeState(state)); }) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

void Digest::add(std::string_view bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string Digest::text() const {
  return text_of(XXH3_128bits_digest(state_.get()));
}

std::string digest(std::string_view bytes) {
  return text_of(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string digest(const ByteSource& source, Extent extent) {
  Digest digest;
  for_each_piece(source, extent, [&](std::string_view piece) { digest.add(piece); });
  return digest.text();
}

}  // namespace jireloc::bytes
