// A source with some of its bytes replaced by others of another length.
#include <algorithm>
#include <cstring>

#include "bytes/windows.hpp"
#include "jireloc/crc32c.hpp"
#include "payload/spliced.hpp"

namespace jireloc {
namespace {

class SplicedSource final : public ByteSource {
 public:
  SplicedSource(const ByteSource& source, Extent extent, const std::vector<Splice>& splices)
      : source_(source) {
    uint64_t at = extent.offset;
    for (const Splice& splice : splices) {
      if (splice.offset < at || splice.offset > extent.end() || splice.size > extent.end() - splice.offset)
        throw Error(ErrorKind::bad_offset, "a replaced text lies outside of its payload", source.name(),
                    splice.offset);
      add({0, splice.offset - at, at, From::source});
      add({0, splice.bytes.size(), 0, From::bytes, splice.bytes.data()});
      add({0, splice.zeros, 0, From::nowhere});
      at = splice.offset + splice.size;
    }
    add({0, extent.end() - at, at, From::source});
  }

  uint64_t size() const noexcept override { return size_; }
  const std::string& name() const noexcept override { return source_.name(); }

  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > size_ || size > size_ - offset)
      throw Error(ErrorKind::truncated, "read behind the end of a payload as it will be", name(), offset);
    auto piece = std::partition_point(pieces_.begin(), pieces_.end(),
                                      [&](const Piece& each) { return each.begin + each.size <= offset; });
    for (; size > 0; ++piece) {
      const uint64_t skipped = offset - piece->begin;
      const size_t count = std::min<uint64_t>(size, piece->size - skipped);
      switch (piece->from) {
        case From::source:
          source_.read(piece->offset + skipped, buffer, count);
          break;
        case From::bytes:
          std::memcpy(buffer, piece->bytes + skipped, count);
          break;
        case From::nowhere:
          std::memset(buffer, 0, count);
          break;
      }
      buffer += count;
      offset += count;
      size -= count;
    }
  }

  std::string_view in_memory() const noexcept override {
    if (pieces_.size() != 1) return {};
    const Piece& all = pieces_.front();
    if (all.from == From::bytes) return {all.bytes, all.size};
    const std::string_view source = source_.in_memory();
    if (all.from == From::nowhere || source.size() < all.offset + all.size) return {};
    return source.substr(all.offset, all.size);
  }

  void for_each_part(const std::function<void(std::string_view)>& use) const {
    for (const Piece& piece : pieces_) {
      switch (piece.from) {
        case From::source:
          bytes::for_each_window(source_, {piece.offset, piece.size}, 0,
                                 [&](const bytes::Window& window) { use(window.bytes); });
          break;
        case From::bytes:
          use({piece.bytes, piece.size});
          break;
        case From::nowhere:
          zeros(piece.size, use);
          break;
      }
    }
  }

 private:
  static void zeros(uint64_t size, const std::function<void(std::string_view)>& use) {
    static constexpr char kZeros[4096] = {};
    for (; size > sizeof kZeros; size -= sizeof kZeros) use({kZeros, sizeof kZeros});
    use({kZeros, size});
  }

  enum class From : uint8_t { source, bytes, nowhere };

  struct Piece {
    uint64_t begin, size;
    uint64_t offset;  // in the source
    From from;
    const char* bytes = nullptr;
  };

  void add(Piece piece) {
    if (piece.size == 0) return;
    piece.begin = size_;
    size_ += piece.size;
    pieces_.push_back(piece);
  }

  const ByteSource& source_;
  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> spliced_source(const ByteSource& source, Extent extent,
                                           const std::vector<Splice>& splices) {
  return std::make_unique<SplicedSource>(source, extent, splices);
}

namespace payload {

void for_each_part(const ByteSource& source, Extent extent, const std::vector<Splice>& splices,
                   const std::function<void(std::string_view)>& use) {
  SplicedSource(source, extent, splices).for_each_part(use);
}

uint32_t spliced_checksum(const ByteSource& source, Extent extent, const std::vector<Splice>& splices,
                          const SummedBytes& known) {
  uint32_t crc = 0;
  for_each_part(source, extent, splices, [&](std::string_view part) {
    if (part.data() == known.begin && part.size() == known.size)
      crc = crc32c::combine(crc, known.crc, known.size);
    else
      crc = crc32c::extend(crc, part.data(), part.size());
  });
  return crc;
}

}  // namespace payload
}  // namespace jireloc
