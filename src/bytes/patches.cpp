#include "bytes/patches.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace jireloc::bytes {
namespace {

class PatchedSource : public ByteSource {
 public:
  PatchedSource(const ByteSource& source, std::span<const BytePatch> patches)
      : source_(source), patches_(patches) {}
  PatchedSource(const ByteSource& source, std::vector<BytePatch>&& patches)
      : source_(source), own_(std::move(patches)), patches_(own_) {
    std::sort(own_.begin(), own_.end(),
              [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
  }
  uint64_t size() const noexcept override { return source_.size(); }
  const std::string& name() const noexcept override { return source_.name(); }

  void read(uint64_t offset, char* buffer, size_t size) const override {
    source_.read(offset, buffer, size);
    apply_patches(patches_, offset, buffer, size);
  }

 private:
  const ByteSource& source_;
  std::vector<BytePatch> own_;
  std::span<const BytePatch> patches_;
};

}  // namespace

void apply_patches(std::span<const BytePatch> patches, uint64_t base, char* bytes, size_t size) {
  const uint64_t end = base + size;
  // Patches are disjoint, so that their ends are sorted as their offsets are.
  auto patch = std::partition_point(patches.begin(), patches.end(), [&](const BytePatch& each) {
    return each.offset + each.bytes.size() <= base;
  });
  for (; patch != patches.end() && patch->offset < end; ++patch) {
    const uint64_t from = std::max(patch->offset, base),
                   to = std::min(patch->offset + patch->bytes.size(), end);
    std::memcpy(bytes + (from - base), patch->bytes.data() + (from - patch->offset), to - from);
  }
}

std::unique_ptr<ByteSource> patched_view(const ByteSource& source, std::span<const BytePatch> patches) {
  return std::make_unique<PatchedSource>(source, patches);
}

}  // namespace jireloc::bytes

namespace jireloc {

std::unique_ptr<ByteSource> patched_source(const ByteSource& source, std::vector<BytePatch> patches) {
  return std::make_unique<bytes::PatchedSource>(source, std::move(patches));
}

}  // namespace jireloc
