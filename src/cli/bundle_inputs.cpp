#include "cli/bundle_inputs.hpp"

namespace jireloc::cli {

bool is_bundle(const ImageCandidate& candidate) {
  return candidate.folder == nullptr && !candidate.problem && may_be_bundle(candidate.path);
}

std::optional<ImageCandidate> BundleInputs::next(ImageFiles& files) {
  while (true) {
    if (bundle_)
      if (auto found = next_in_bundle()) return found;
    std::optional<ImageCandidate> candidate = files.next();
    if (!candidate || !is_bundle(*candidate)) return candidate;
    name_ = candidate->path;
    found_any_ = false;
    try {
      bundle_ = std::make_unique<BundleImages>(bundle_file(name_), max_size_);
    } catch (const Error& error) {
      candidate->problem = error;
      return candidate;
    }
  }
}

std::optional<ImageCandidate> BundleInputs::next_in_bundle() {
  try {
    if (auto found = bundle_->next()) {
      found_any_ = true;
      found->path.insert(0, name_ + ":");
      return found;
    }
    if (!found_any_) without_images_.push_back(name_);
    bundle_.reset();
    return {};
  } catch (const Error& error) {
    bundle_.reset();
    return ImageCandidate{.path = name_, .problem = error, .place = {}};
  }
}

std::optional<Error> refused_bundle(const ImageCandidate& candidate, const Error& problem) {
  if (problem.kind() != ErrorKind::not_a_cache_file || !is_bundle(candidate)) return {};
  return Error(ErrorKind::unsupported,
               "a bundle, of which images cannot be taken here: jireloc unpack writes what is in it to a "
               "depot, and with --dry-run says what that comes to",
               candidate.path);
}

}  // namespace jireloc::cli
