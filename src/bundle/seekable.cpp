#include "bundle/seekable.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "bundle/reader.hpp"
#include "bundle/tar.hpp"
#include "jireloc/error.hpp"

namespace jireloc::bundles {
namespace {

constexpr size_t kFramesKept = 4;
constexpr uint64_t kOrdinaryFrame = uint64_t{64} << 20;  // pack's have less

BundleSource from_start_of(const ByteSource& file) {
  return {file.name(), [&file, at = uint64_t{0}](char* to, size_t most) mutable {
            const auto some = static_cast<size_t>(std::min<uint64_t>(most, file.size() - at));
            file.read(at, to, some);
            at += some;
            return some;
          }};
}

}  // namespace

SeekableBundle::SeekableBundle(const std::string& path, uint64_t max_size)
    : file_(open_file(path)), max_size_(max_size) {
  const BundleSource source = from_start_of(*file_);
  BundleReader reader(source);
  manifest_ = reader.read({}).manifest;
  frames_ = reader.frames();
  uint64_t packed = 0, unpacked = 0;
  for (const Frame& frame : frames_) {
    packed_at_.push_back(packed);
    unpacked_at_.push_back(unpacked);
    packed += frame.packed;
    unpacked += frame.unpacked;
  }
  unpacked_at_.push_back(unpacked);
  // From the end: how long the manifest is it does not say itself.
  content_at_.resize(manifest_.files.size());
  uint64_t at = unpacked - tar_end().size();
  for (size_t i = manifest_.files.size(); i-- > 0;) {
    const BundleFile& file = manifest_.files[i];
    at -= file.size + padding_of(file.size);
    content_at_[i] = at;
    at -= tar_header(file).size();
  }
}

std::string SeekableBundle::unpacked(size_t number) const {
  const Frame& frame = frames_[number];
  if (frame.unpacked > std::max(max_size_, kOrdinaryFrame))
    throw Error(ErrorKind::too_large, fmt::format("a frame of {} bytes", frame.unpacked), file_->name(),
                packed_at_[number]);
  const std::string packed = file_->read_string(packed_at_[number], frame.packed);
  std::string bytes(frame.unpacked, '\0');
  const size_t size = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != bytes.size())
    throw Error(ErrorKind::conflict, "the bundle changed while it was read", file_->name(),
                packed_at_[number]);
  return bytes;
}

std::shared_ptr<const std::string> SeekableBundle::frame(size_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(recent_.begin(), recent_.end(),
                                  [&](const Unpacked& frame) { return frame.number == number; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
  } else {
    if (recent_.size() == kFramesKept) recent_.pop_back();
    recent_.push_front({number, std::make_shared<const std::string>(unpacked(number))});
  }
  return recent_.front().bytes;
}

std::string SeekableBundle::content(size_t number) const {
  const BundleFile& file = manifest_.files[number];
  if (file.size > max_size_)
    throw Error(ErrorKind::too_large,
                fmt::format("{} has {} bytes, and may have {}", file.path, file.size, max_size_),
                file_->name());
  std::string bytes;
  bytes.reserve(file.size);
  while (bytes.size() < file.size) {
    const uint64_t at = content_at_[number] + bytes.size();
    const auto next = std::upper_bound(unpacked_at_.begin(), unpacked_at_.end(), at);
    const auto frame_number = static_cast<size_t>(next - unpacked_at_.begin()) - 1;
    const auto begin = static_cast<size_t>(at - unpacked_at_[frame_number]);
    bytes.append(*frame(frame_number), begin, file.size - bytes.size());
  }
  bytes::Digest digest;
  digest.add(bytes);
  if (digest.text() != file.digest)
    throw Error(ErrorKind::conflict, "the bundle changed while it was read", file_->name());
  return bytes;
}

}  // namespace jireloc::bundles
