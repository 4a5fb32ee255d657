// One image and what can be done with it: read, planned for another place, written there.
#pragma once

#include <memory>
#include <string>

#include "jireloc/check.hpp"
#include "jireloc/durability.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc {

// What may happen to files that lie where an image is to be written.
enum class Existing {
  refuse,   // Error (conflict)
  replace,  // they are replaced, both together
};

// What relocating an image comes to, and the way to do it. Keeps the image open; may be copied.
class Relocation {
 public:
  // Whether it can be written: there is something to change, or nothing to be changed.
  explicit operator bool() const noexcept;
  RewriteStatus status() const noexcept { return plan_->status; }
  // Why it is left alone, or what was found all the same; sentences joined by "; ". Empty where nothing was.
  std::string why() const;
  const RewritePlan& details() const& noexcept { return *plan_; }
  const RewritePlan& details() const&& = delete;

  // Writes the image as `path`, and its native library beside that: new files, whole before they have their
  // names, read back (not with Durability::none what was written from memory) and compared with the plan;
  // mode, owner and mtime as the image has them. The folder must exist, and below it no symbolic link is
  // followed. Throws Error: usage (not *this, or `path` is the image itself), conflict, io, bad_checksum;
  // nothing is left behind then.
  void write_to(const std::string& path, Durability durability = Durability::full,
                Existing existing = Existing::refuse) const;
  // The same in place of the image; what does not change is not written. Throws Error too where it has other
  // names (hard links), which would keep the old content (unsupported).
  void write_in_place(Durability durability = Durability::full) const;

 private:
  friend class Image;
  Relocation(std::shared_ptr<const ImagePair> image, RewritePlan plan);
  void require_writable() const;

  std::shared_ptr<const ImagePair> image_;
  std::shared_ptr<const RewritePlan> plan_;
};

// A cache file and the native library beside it. May be copied; all copies are one open image.
class Image {
 public:
  // Opens and reads both; a missing library is no error here. Throws Error as read_cache_file does.
  static Image open(const std::string& path);

  // Of the .ji, symbolic links followed.
  const std::string& path() const& noexcept { return image_->path; }
  const CacheFile& header() const& noexcept { return image_->file; }
  const Checksums& checksums() const& noexcept { return image_->sums; }
  const std::string& path() const&& = delete;
  const CacheFile& header() const&& = delete;
  const Checksums& checksums() const&& = delete;
  // The name of the package that it provides first; empty where it provides none.
  std::string package() const;

  // Decides what would change, and whether it may: see plan_rewrite. Nothing is written. Never throws for
  // what is wrong with the image or its sources. `options.grown` is of no use for one image: it stays null.
  Relocation plan(const RewriteOptions& options, const FileView& view = plain_file_view()) const;

 private:
  explicit Image(ImagePair image) : image_(std::make_shared<const ImagePair>(std::move(image))) {}
  std::shared_ptr<const ImagePair> image_;
};

// Would Julia accept the image at `path`? With a default context everything is judged that needs no Julia and
// no project. Never throws for what is wrong with the image.
ImageReport check(const std::string& path, const CheckContext& context = {});

}  // namespace jireloc
