// What a bundle holds for those who look at images alone.
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

#include "bundle/reader.hpp"
#include "bytes/zstd.hpp"
#include "jireloc/image_files.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace bundles {

// So many bytes of images are lent at a time, or two images.
constexpr uint64_t kMostLent = uint64_t{64} << 20;

// What was given out and is still looked at, on whatever threads.
class ImageLoans {
 public:
  void wait_for(uint64_t size) {
    std::unique_lock lock(mutex_);
    less_.wait(lock, [&] { return images_ < 2 || bytes_ + size <= kMostLent; });
  }
  void add(uint64_t size) {
    const std::lock_guard lock(mutex_);
    ++images_;
    bytes_ += size;
  }
  void end(uint64_t size) {
    {
      const std::lock_guard lock(mutex_);
      --images_;
      bytes_ -= size;
    }
    less_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable less_;
  size_t images_ = 0;
  uint64_t bytes_ = 0;
};

namespace {

uint64_t size_of(const ImageBytes& bytes) {
  return bytes.image.size() + (bytes.library ? bytes.library->size() : 0);
}

// Its loan ends with the last that holds it.
std::shared_ptr<const ImageBytes> lent(ImageBytes bytes, const std::shared_ptr<ImageLoans>& loans) {
  const uint64_t size = size_of(bytes);
  loans->add(size);
  return {new ImageBytes(std::move(bytes)), [loans, size](const ImageBytes* held) {
            delete held;
            loans->end(size);
          }};
}

// What an image and its library have in common.
std::string_view stem_of(std::string_view path) {
  return path.substr(0, path.rfind('.'));
}

bool lies_in_compiled(const BundleFile* file) {
  return file != nullptr && file->path.starts_with("compiled/");
}

}  // namespace
}  // namespace bundles

struct BundleImages::State {
  State(BundleSource from, uint64_t most) : source(std::move(from)), reader(source), max_size(most) {}

  const BundleSource source;
  bundles::BundleReader reader;
  const uint64_t max_size;
  const std::shared_ptr<bundles::ImageLoans> loans = std::make_shared<bundles::ImageLoans>();
  bool is_over = false;

  // Of the files that begin with one stem, which follow each other: an image and its library.
  std::optional<ImageCandidate> next_stem() {
    const std::string stem(bundles::stem_of(reader.next()->path));
    ImageBytes bytes;
    ImageCandidate candidate;
    while (bundles::lies_in_compiled(reader.next()) && bundles::stem_of(reader.next()->path) == stem) {
      const BundleFile& file = *reader.next();
      const bool is_image = file.path.ends_with(".ji");
      if (is_image) candidate.path = file.path;
      std::string& content = is_image ? bytes.image : bytes.library.emplace();
      if (file.size > max_size)
        candidate.problem = Error(ErrorKind::too_large, fmt::format("{} has {} bytes, and may have {}",
                                                                    file.path, file.size, max_size));
      const bool is_kept = file.size <= max_size;
      if (is_kept) loans->wait_for(bundles::size_of(bytes) + file.size);
      reader.read_next({{}, [&](std::string_view piece) { is_kept ? void(content += piece) : void(); }, {}});
    }
    if (candidate.path.empty()) return {};
    candidate.bytes = bundles::lent(std::move(bytes), loans);
    return candidate;
  }

  std::optional<ImageCandidate> next() {
    while (reader.next() != nullptr)
      if (!bundles::lies_in_compiled(reader.next()))
        reader.read_next({});
      else if (auto found = next_stem())
        return found;
    reader.read_next({});
    return {};
  }
};

BundleImages::BundleImages(BundleSource source, uint64_t max_size)
    : state_(std::make_unique<State>(std::move(source), max_size)) {}

BundleImages::~BundleImages() = default;

const BundleManifest& BundleImages::manifest() const noexcept {
  return state_->reader.manifest();
}

std::optional<ImageCandidate> BundleImages::next() {
  if (state_->is_over) return {};
  state_->is_over = true;  // unless it gives another
  std::optional<ImageCandidate> found = state_->next();
  state_->is_over = !found;
  return found;
}

bool may_be_bundle(const std::string& path) {
  if (paths::is_compressed_image(path)) return false;
  try {
    const auto file = open_file(path);
    return bytes::begins_with_zstd_magic(*file, 0);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace jireloc
