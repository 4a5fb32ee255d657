// The meanings of raw fields: cache flags, clone targets, dependency entries.
#include <bit>
#include <cstring>

#include "bytes/reader.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc {

CacheFlags decode_cache_flags(uint8_t raw, std::string_view julia_version) {
  CacheFlags flags;
  flags.raw = raw;
  flags.use_pkgimages = (raw & 1) != 0;
  if (julia_version == "1.9.0-beta1" || julia_version == "1.9.0-beta2") {
    // jl_cache_flags before 0c3b950e02: the low check-bounds bit was or-ed into the debug level's upper bit.
    flags.debug_level = (raw >> 1) & 3;
    flags.opt_level = (raw >> 4) & 3;
    return flags;
  }
  flags.debug_level = (raw >> 1) & 3;
  flags.check_bounds = (raw >> 3) & 3;
  flags.inline_ = ((raw >> 5) & 1) != 0;
  flags.opt_level = (raw >> 6) & 3;
  return flags;
}

Uuid Dependency::require_uuid() const noexcept {
  Uuid uuid;  // a 128-bit little-endian number: the low half comes first
  std::memcpy(&uuid.lo, path.data() + 1, sizeof uuid.lo);
  std::memcpy(&uuid.hi, path.data() + 9, sizeof uuid.hi);
  return uuid;
}

std::string_view Dependency::require_name() const noexcept {
  return std::string_view(path).substr(17);
}

bool Dependency::is_depot_relative() const noexcept {
  return path.starts_with("@depot");
}

bool Dependency::operator==(const Dependency& other) const noexcept {
  return path == other.path && fsize == other.fsize && hash == other.hash &&
         std::bit_cast<uint64_t>(mtime) == std::bit_cast<uint64_t>(other.mtime) &&
         module_index == other.module_index && submodules == other.submodules;
}

namespace {
std::vector<uint32_t> read_words(bytes::ByteReader& in, uint32_t count) {
  std::vector<uint32_t> words;
  for (uint32_t i = 0; i < count; ++i) words.push_back(in.u32("feature word"));
  return words;
}
}  // namespace

std::vector<CloneTarget> decode_clone_targets(std::string_view bytes) {
  std::vector<CloneTarget> targets;
  if (bytes.empty()) return targets;
  bytes::ByteReader in(bytes);
  const uint32_t count = in.length("number of clone targets");
  bool based = false;
  for (uint32_t i = 0; i < count; ++i) {
    CloneTarget target;
    target.flags = in.u32("clone target flags");
    // Up to 1.13 the number of 32-bit feature words stands here. In 1.14 it is the number of the target that
    // this one builds upon, as a signed one, and the number of 64-bit words follows; the first target builds
    // upon none, which no count can be.
    if (i == 0) based = in.peek(4, "number of feature words") == "\xff\xff\xff\xff";
    if (based) target.base = in.i32("clone target base");
    const uint32_t words = in.length("number of feature words") * (based ? 2 : 1);
    target.features_enabled = read_words(in, words);
    target.features_disabled = read_words(in, words);
    target.name = in.counted("clone target name");
    target.extra_features = in.counted("clone target features");
    targets.push_back(std::move(target));
  }
  if (!in.at_end()) in.fail(ErrorKind::bad_value, "bytes behind the last clone target", in.offset());
  return targets;
}

}  // namespace jireloc
