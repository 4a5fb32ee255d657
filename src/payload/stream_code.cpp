#include "payload/stream_code.hpp"

#include "bytes/windows.hpp"
#include "jireloc/layout.hpp"

namespace jireloc::payload {
namespace {

// src/serialize.h of 1.5 to 1.8.
constexpr uint8_t kNull = 8, kArray1d = 22, kMethodInstance = 26, kCodeInstance = 28, kShortBackref = 48,
                  kBackref = 49, kLastTag = 53;
constexpr uint8_t kPlainBytes = 1;  // the flags of an array of one-byte elements
// validate, const-return, precompile; the second bit of `validate` is never written.
constexpr uint8_t kKnownFlags = 0b1101, kValidate = 1;
constexpr size_t kLookAround = 16;

enum class Found { no, code, unclear };

// jl_serialize_value_ and jl_deserialize_value_code_instance (src/dump.c): tag, flags, the method instance
// (which comes first itself, so that it stands here as a reference, or complete where the code was met
// first), and the inferred code: an array of bytes, or a value that all images share.
class Matcher {
 public:
  explicit Matcher(std::string_view bytes) : bytes_(bytes) {}

  // Numbers of objects look like code too: a reference to object 0x011c is "30 1c 01". Code stands behind its
  // method instance's last field before it, the edges, which images do without.
  Found look_at(size_t at) const {
    if (!is_valid_code(at)) return Found::no;
    const auto before = [&](size_t count) { return at >= count ? byte(at - count) : uint8_t{0}; };
    if (before(1) == kNull) return before(2) == kShortBackref ? Found::unclear : Found::code;
    return before(1) == kShortBackref && before(3) != kShortBackref ? Found::no : Found::unclear;
  }

 private:
  bool is_valid_code(size_t at) const {
    if (!holds(at, 3) || byte(at) != kCodeInstance) return false;
    const uint8_t flags = byte(at + 1);
    if ((flags & ~kKnownFlags) != 0 || (flags & kValidate) == 0) return false;
    const size_t definition = at + 2;
    switch (byte(definition)) {
      case kShortBackref:
        return is_inferred_code(definition + 3);
      case kBackref:
        return is_inferred_code(definition + 5);
      case kMethodInstance:
        return holds(definition, 2) && byte(definition + 1) <= 2;
      default:
        return false;
    }
  }

  bool is_inferred_code(size_t at) const {
    if (!holds(at, 2)) return false;
    const uint8_t tag = byte(at);
    if (tag == kArray1d) return byte(at + 1) == kPlainBytes;
    return tag == 0 || tag > kLastTag;
  }
  bool holds(size_t at, size_t size) const { return at <= bytes_.size() && size <= bytes_.size() - at; }
  uint8_t byte(size_t at) const { return static_cast<uint8_t>(bytes_[at]); }

  std::string_view bytes_;
};

}  // namespace

std::optional<std::vector<uint64_t>> find_stream_code(const ByteSource& source, Extent stream,
                                                      std::string_view julia_version) {
  const JuliaVersion version = JuliaVersion::parse(julia_version);
  if (version < JuliaVersion::parse("1.5.0") || !(version < JuliaVersion::parse("1.8.0-DEV")))
    return std::nullopt;
  std::vector<uint64_t> found;
  bool unclear = false;
  bytes::for_each_window(source, stream, kLookAround, [&](const bytes::Window& window) {
    const Matcher matcher(window.bytes);
    for (size_t at = window.bytes.find(static_cast<char>(kCodeInstance)); at != std::string_view::npos;
         at = window.bytes.find(static_cast<char>(kCodeInstance), at + 1)) {
      const uint64_t offset = window.offset + at;
      if (offset < window.fresh_begin || offset >= window.fresh_end) continue;
      const Found what = matcher.look_at(at);
      if (what == Found::code) found.push_back(offset + 1);
      unclear = unclear || what == Found::unclear;
    }
  });
  if (unclear) return std::nullopt;
  return found;
}

}  // namespace jireloc::payload
