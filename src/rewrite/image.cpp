#include "jireloc/image.hpp"

#include <sys/stat.h>

#include "bytes/hard_links.hpp"
#include "bytes/place.hpp"
#include "rewrite/execute.hpp"

namespace jireloc {
namespace {

void require_one_name(const ByteSource& file) {
  HardLinks names;
  names.add(file.name(), stat_of(file));
  require_no_links_outside(names.groups().front(), false);
}

bool has_name(const ByteSource& source, const std::string& path) {
  struct stat there {};
  return ::stat(path.c_str(), &there) == 0 && is_same_file(stat_of(source), there);
}

}  // namespace

Image Image::open(const std::string& path) {
  return Image(open_image(path));
}

std::string Image::package() const {
  return image_->file.worklist.empty() ? std::string() : image_->file.worklist.front().name;
}

Relocation Image::plan(const RewriteOptions& options, const FileView& view) const {
  ProofCache proofs;
  RewriteOptions own = options;
  own.grown = nullptr;
  return {image_, plan_rewrite(*image_, own, view, proofs)};
}

Relocation::Relocation(std::shared_ptr<const ImagePair> image, RewritePlan plan)
    : image_(std::move(image)), plan_(std::make_shared<const RewritePlan>(std::move(plan))) {}

Relocation::operator bool() const noexcept {
  return plan_->status == RewriteStatus::rewritten || plan_->status == RewriteStatus::unchanged;
}

std::string Relocation::why() const {
  std::string sentences;
  for (const Reason& reason : plan_->reasons) {
    if (!sentences.empty()) sentences += "; ";
    sentences += reason.message;
  }
  return sentences;
}

void Relocation::require_writable() const {
  if (!*this)
    throw Error(ErrorKind::usage, "the image is to be left alone, not written: " + why(), image_->path);
}

void Relocation::write_to(const std::string& path, Durability durability, Existing existing) const {
  require_writable();
  if (has_name(*image_->ji, path))
    throw Error(ErrorKind::usage, "that is the image itself: write_in_place() replaces it", path);
  const auto [folder, name] = split_path(path);
  const Place place{std::make_shared<GivenFolder>(folder), name};
  rewriting::Target target;
  target.ji = path;
  target.folder = open_folder_of(place);
  target.keep.elsewhere = true;
  target.read_back = durability != Durability::none;
  target.options.replace = existing == Existing::replace;
  Transaction transaction;
  rewriting::prepare(*image_, *plan_, target, transaction);
  transaction.commit(durability);
}

void Relocation::write_in_place(Durability durability) const {
  require_writable();
  if (plan_->status == RewriteStatus::unchanged) return;
  require_one_name(*image_->ji);
  if (image_->library && plan_->payload.changes_library()) require_one_name(*image_->library);
  rewriting::Target target;
  target.ji = image_->path;
  target.folder = open_folder_of(place_of_file(image_->path));
  target.read_back = durability != Durability::none;
  Transaction transaction;
  rewriting::prepare(*image_, *plan_, target, transaction);
  transaction.commit(durability);
}

ImageReport check(const std::string& path, const CheckContext& context) {
  try {
    return check_image(*open_file(path), path, context);
  } catch (const Error& error) {
    return report_unopenable(path, error);
  }
}

}  // namespace jireloc
