#include "rewrite/planned_source.hpp"

#include <algorithm>
#include <cstring>

#include "bytes/patches.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/packed.hpp"

namespace jireloc::rewriting {
namespace {

class PlannedSource final : public ByteSource {
 public:
  PlannedSource(const ImagePair& image, const RewritePlan& plan, Frame frame, std::string name)
      : image_(image),
        plan_(plan),
        frame_(std::move(frame)),
        name_(std::move(name)),
        grown_(grown_payload(image, plan)) {}

  uint64_t size() const noexcept override {
    return frame_.header.size() + plan_.after.payload.size + frame_.tail.size();
  }
  const std::string& name() const noexcept override { return name_; }

  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > this->size() || size > this->size() - offset)
      throw Error(ErrorKind::truncated, "read behind the end of a planned image", name_, offset);
    const uint64_t tail_begin = frame_.header.size() + plan_.after.payload.size;
    while (size > 0) {
      size_t piece = 0;
      if (offset < frame_.header.size()) {
        piece = std::min<uint64_t>(size, frame_.header.size() - offset);
        std::memcpy(buffer, frame_.header.data() + offset, piece);
      } else if (offset < tail_begin) {
        piece = std::min<uint64_t>(size, tail_begin - offset);
        read_payload(offset - frame_.header.size(), buffer, piece);
      } else {
        piece = size;
        std::memcpy(buffer, frame_.tail.data() + (offset - tail_begin), piece);
      }
      buffer += piece;
      offset += piece;
      size -= piece;
    }
  }

 private:
  void read_payload(uint64_t offset, char* buffer, size_t size) const {
    if (grown_) return grown_->read(offset, buffer, size);
    const uint64_t at = image_.file.payload.offset + offset;
    image_.ji->read(at, buffer, size);
    bytes::apply_patches(plan_.payload.image, at, buffer, size);
  }

  const ImagePair& image_;
  const RewritePlan& plan_;
  Frame frame_;
  std::string name_;
  std::unique_ptr<ByteSource> grown_;  // the payload, where texts in it grow
};

}  // namespace

std::unique_ptr<ByteSource> planned_source(const ImagePair& image, const RewritePlan& plan,
                                           std::string name) {
  if (!plan.payload.packed_payload.empty())
    return own_bytes(packed_image(plan, frame_of(image, plan, planned_so_crc(image, plan))), std::move(name));
  return std::make_unique<PlannedSource>(image, plan, frame_of(image, plan, planned_so_crc(image, plan)),
                                         std::move(name));
}

}  // namespace jireloc::rewriting
