#include <algorithm>
#include <cstring>

#include "jireloc/payload.hpp"

namespace jireloc {
namespace {

class PatchedSource : public ByteSource {
 public:
  PatchedSource(const ByteSource& source, std::vector<BytePatch> patches)
      : source_(source), patches_(std::move(patches)) {
    std::sort(patches_.begin(), patches_.end(),
              [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
  }
  uint64_t size() const noexcept override { return source_.size(); }
  const std::string& name() const noexcept override { return source_.name(); }

  void read(uint64_t offset, char* buffer, size_t size) const override {
    source_.read(offset, buffer, size);
    const uint64_t end = offset + size;
    // Patches are disjoint, so that their ends are sorted as their offsets are.
    auto patch = std::partition_point(patches_.begin(), patches_.end(), [&](const BytePatch& each) {
      return each.offset + each.bytes.size() <= offset;
    });
    for (; patch != patches_.end() && patch->offset < end; ++patch) {
      const uint64_t from = std::max(offset, patch->offset);
      const uint64_t to = std::min(end, patch->offset + patch->bytes.size());
      std::memcpy(buffer + (from - offset), patch->bytes.data() + (from - patch->offset), to - from);
    }
  }

 private:
  const ByteSource& source_;
  std::vector<BytePatch> patches_;
};

}  // namespace

std::unique_ptr<ByteSource> patched_source(const ByteSource& source, std::vector<BytePatch> patches) {
  return std::make_unique<PatchedSource>(source, std::move(patches));
}

}  // namespace jireloc
