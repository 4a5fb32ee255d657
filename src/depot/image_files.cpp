#include "jireloc/image_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "bytes/folder_walk.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

bool is_early_version_folder(std::string_view component) noexcept {
  return component.size() == 4 && component.starts_with("v1.") && component[3] >= '0' && component[3] <= '8';
}

std::string_view take_last_component(std::string_view& path) noexcept {
  while (path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  return last;
}

// True for file names that Julia 1.0 to 1.8 takes for cache files in `folder` (a whole path) without looking
// at the suffix: five letters or digits and an underscore, below compiled/v1.N/Name.
bool is_slug_candidate(std::string_view folder, std::string_view name) noexcept {
  if (name.size() < 6 || name[5] != '_') return false;
  const auto is_slug_letter = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  if (!std::all_of(name.begin(), name.begin() + 5, is_slug_letter)) return false;
  take_last_component(folder);  // the package
  return is_early_version_folder(take_last_component(folder)) && take_last_component(folder) == "compiled";
}

}  // namespace

ImageFiles::ImageFiles(std::function<std::optional<std::string>()> next_name, bool compressed,
                       uint64_t max_size)
    : next_name_(std::move(next_name)), compressed_(compressed), max_size_(max_size) {}

ImageFiles::~ImageFiles() = default;

std::optional<ImageCandidate> ImageFiles::next() {
  std::optional<ImageCandidate> found = next_found();
  if (found) found->number = given_so_far_++;
  return found;
}

std::optional<ImageCandidate> ImageFiles::next_found() {
  while (true) {
    if (walk_) {
      if (std::optional<ImageCandidate> found = next_in_folder()) return found;
      walk_.reset();
    }
    std::optional<std::string> name = next_name_();
    if (!name) return {};
    struct stat status {};
    ImageCandidate candidate;
    candidate.path = std::move(*name);
    if (::stat(candidate.path.c_str(), &status) != 0) {
      candidate.problem = Error::system(errno, "stat", candidate.path);
      return candidate;
    }
    if (S_ISDIR(status.st_mode)) {
      begin_folder(std::move(candidate.path));
      continue;
    }
    candidate.compressed = paths::is_compressed_image(candidate.path);
    if (!S_ISREG(status.st_mode)) {
      candidate.problem =
          Error(ErrorKind::unsupported, "neither a regular file nor a folder", candidate.path);
    } else if (candidate.compressed && !compressed_) {
      candidate.problem =
          Error(ErrorKind::unsupported, "compressed at rest; decompress it first (zstd -d)", candidate.path);
    }
    return candidate;
  }
}

void ImageFiles::begin_folder(std::string path) {
  // The folder of a version may lie above the one that was named, so its whole path counts.
  const std::string whole = paths::absolute(path);
  const size_t given = path.size();
  folders_.emplace_back(path);
  given_ = std::make_shared<GivenFolder>(std::move(path));
  walk_ = std::make_unique<FolderWalk>(
      given_, [this, whole, given](std::string_view folder, std::string_view name) {
        if (name.ends_with(".ji") || (compressed_ && paths::is_compressed_image(name))) return true;
        return is_slug_candidate(whole + std::string(folder.substr(given)), name);
      });
}

std::optional<ImageCandidate> ImageFiles::next_in_folder() {
  std::optional<FolderWalk::Found> found = walk_->next();
  if (!found) return {};
  ImageCandidate candidate;
  candidate.path = std::move(found->path);
  candidate.problem = std::move(found->problem);
  candidate.folder = &folders_.back();
  if (!candidate.problem) candidate.place = {given_, std::move(found->below)};
  candidate.compressed = paths::is_compressed_image(candidate.path);
  candidate.by_slug = !candidate.compressed && !candidate.path.ends_with(".ji");
  return candidate;
}

OpenedImage ImageFiles::open(const ImageCandidate& candidate) const {
  if (candidate.problem) throw Error(*candidate.problem);
  OpenedImage opened;
  if (candidate.bytes) {
    opened.source = view_bytes(candidate.bytes->image, candidate.path);
  } else {
    opened.place = candidate.place ? candidate.place : place_of_file(candidate.path);
    opened.folder = open_folder_of(opened.place);
    opened.source = open_file_in(real_file_system(), *opened.folder, opened.place.name());
  }
  if (candidate.compressed) opened.source = decompress(*opened.source, max_size_);
  const bool empty = opened.source->size() == 0;
  if (!empty && has_magic(*opened.source)) {
    if (candidate.folder != nullptr) ++candidate.folder->images;
    return opened;
  }
  if (candidate.folder == nullptr) {
    if (empty) throw Error(ErrorKind::empty_file, "the file is empty: a leftover", candidate.path);
    throw Error(ErrorKind::not_a_cache_file, "not a cache file (the magic is not there)", candidate.path);
  }
  // Julia tries every SLUG_*.ji in a package's folder below compiled/vX.Y: such a file is a damaged image.
  // (Without .ji it tries names in 1.8 and earlier only, and what is found by the slug may be anybody's.)
  const bool is_tried = !candidate.by_slug && !candidate.compressed &&
                        parse_cache_path(paths::absolute(candidate.path)).has_value();
  if (!empty && is_tried)
    throw Error(ErrorKind::not_a_cache_file, "does not begin with the magic of a cache file", candidate.path);
  opened.source = nullptr;
  if (!candidate.by_slug) opened.remark = empty ? "an empty leftover; skipped" : "not a cache file; skipped";
  return opened;
}

std::unique_ptr<ByteSource> open_beside(const ImageCandidate& candidate, const std::string& library) {
  if (candidate.bytes) {
    if (!candidate.bytes->library) throw Error::system(ENOENT, "open", library);
    return view_bytes(*candidate.bytes->library, library);
  }
  const Place place = candidate.place ? candidate.place : place_of_file(candidate.path);
  // A symbolic link to an image may have another name than the image, and so than its library.
  std::string name = place.name();
  name.resize(paths::image_stem(name).size());
  const size_t suffix = library.rfind('.');
  if (suffix != library.npos) name += library.substr(suffix);
  return open_file_in(real_file_system(), *open_folder_of(place), name);
}

std::vector<std::string> ImageFiles::folders_without_images() const {
  std::vector<std::string> names;
  for (const FolderTally& folder : folders_) {
    if (folder.images == 0) names.push_back(folder.path);
  }
  return names;
}

}  // namespace jireloc
