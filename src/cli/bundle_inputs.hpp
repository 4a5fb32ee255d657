// Bundles among the names on a command line: their images stand in for them, as files of a folder do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/bundle.hpp"
#include "jireloc/image_files.hpp"

namespace jireloc::cli {

// Given by name, and by its first bytes.
bool is_bundle(const ImageCandidate& candidate);

// Names the images of a bundle as unpack does: "layer.jlb.tar.zst:compiled/v1.10/Name/slug.ji".
class BundleInputs {
 public:
  explicit BundleInputs(uint64_t max_size) : max_size_(max_size) {}

  // The next of `files`, or of the bundle that came last of them. A bundle that is damaged is one itself,
  // with its problem, behind its images up to there.
  std::optional<ImageCandidate> next(ImageFiles& files);
  const std::vector<std::string>& without_images() const noexcept { return without_images_; }

 private:
  std::optional<ImageCandidate> next_in_bundle();

  const uint64_t max_size_;
  std::string name_;  // of the bundle that is being read
  std::unique_ptr<BundleImages> bundle_;
  bool found_any_ = false;
  std::vector<std::string> without_images_;
};

// What to say of a bundle where single images are wanted; nothing where it is none.
std::optional<Error> refused_bundle(const ImageCandidate& candidate, const Error& problem);

}  // namespace jireloc::cli
