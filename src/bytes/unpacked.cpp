#include "bytes/unpacked.hpp"

#include <fmt/format.h>

#include "base/work.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::bytes {
namespace {

constexpr uint64_t kWithoutTurn = uint64_t{4} << 20;
constexpr uint64_t kAnyExpansion = uint64_t{64} << 20;

// Its holder may unpack one part of an image while another is there.
std::recursive_mutex large_ones;

class UnpackedSource : public ByteSource {
 public:
  UnpackedSource(std::string bytes, std::string name, std::unique_lock<std::recursive_mutex> turn)
      : turn_(std::move(turn)), source_(own_bytes(std::move(bytes), std::move(name))) {}
  uint64_t size() const noexcept override { return source_->size(); }
  const std::string& name() const noexcept override { return source_->name(); }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    source_->read(offset, buffer, size);
  }
  std::string_view in_memory() const noexcept override { return source_->in_memory(); }

 private:
  std::unique_lock<std::recursive_mutex> turn_;
  std::unique_ptr<ByteSource> source_;
};

uint64_t most_expanded(uint64_t packed) {
  const uint64_t times = work_limits().expansion;
  return packed > (UINT64_MAX - kAnyExpansion) / std::max<uint64_t>(times, 1)
             ? UINT64_MAX
             : packed * times + kAnyExpansion;
}

}  // namespace

Unpacked::Unpacked(uint64_t packed, uint64_t most, std::string name)
    : expanded_(most_expanded(packed)),
      most_(most),
      name_(std::move(name)),
      turn_(large_ones, std::defer_lock) {}

void Unpacked::append(std::string_view piece) {
  spend_decompressed(piece.size(), name_);
  const uint64_t size = bytes_.size() + piece.size();
  if (size > most_)
    throw Error(ErrorKind::too_large, fmt::format("more than {} bytes when decompressed", most_), name_, {},
                fix::Choose{Setting::maximal_size});
  if (size > expanded_)
    throw Error(ErrorKind::too_large,
                fmt::format("decompresses to more than {} times its size", work_limits().expansion), name_,
                {}, fix::Choose{Setting::limit, "expansion"});
  if (size > kWithoutTurn && !turn_.owns_lock()) turn_.lock();
  bytes_ += piece;
}

std::unique_ptr<ByteSource> Unpacked::take() {
  return std::make_unique<UnpackedSource>(std::move(bytes_), std::move(name_), std::move(turn_));
}

}  // namespace jireloc::bytes
