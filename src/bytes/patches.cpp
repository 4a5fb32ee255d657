#include "bytes/patches.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "bytes/windows.hpp"

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

namespace {
// The pieces between the patches are compared where they lie.
bool equal_in_memory(std::string_view before, std::string_view after, uint64_t base,
                     std::span<const BytePatch> patches) {
  uint64_t done = 0;
  for (const BytePatch& patch : patches) {
    const uint64_t skipped = patch.offset < base + done ? base + done - patch.offset : 0;
    if (skipped >= patch.bytes.size()) continue;
    const uint64_t begin = patch.offset + skipped - base;
    if (begin >= before.size()) break;
    if (before.substr(done, begin - done) != after.substr(done, begin - done)) return false;
    const std::string_view piece =
        std::string_view(patch.bytes).substr(skipped, std::min(patch.bytes.size(), before.size() - begin));
    if (!after.substr(begin).starts_with(piece)) return false;
    done = begin + piece.size();
  }
  return before.substr(done) == after.substr(done);
}
}  // namespace

bool equal_patched(const ByteSource& source, Extent extent, std::span<const BytePatch> patches,
                   const ByteSource& other, uint64_t other_offset) {
  const std::string_view before = source.in_memory(), after = other.in_memory();
  if (before.size() < extent.end() || after.empty())
    return equal(*patched_view(source, patches), extent, other, other_offset);
  if (other_offset > after.size() || extent.size > after.size() - other_offset) return false;
  return equal_in_memory(before.substr(extent.offset, extent.size), after.substr(other_offset, extent.size),
                         extent.offset, patches);
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
