// An image of the corpus in memory, with the native library beside it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jireloc/payload.hpp"
#include "support/corpus.hpp"

namespace jireloc::test {

struct LoadedImage {
  std::string name;  // "1.10.8-split/Leaf"
  std::string folder;
  CacheFile file;
  std::string ji, so;  // so is empty where there is none
  bool has_library = false;
  std::unique_ptr<ByteSource> image, library;

  PayloadInput input() const { return {file, *image, library.get()}; }
  // The bytes of one of the two files.
  const std::string& bytes(PayloadFile which) const { return which == PayloadFile::image ? ji : so; }
  // What the corpus' packages were compiled at, and where its relocated form belongs.
  std::string old_path() const { return tracked_by_path ? "/home/pkgeval/dev" : "/home/pkgeval/.julia"; }
  std::string new_path() const { return tracked_by_path ? "/usr/share/dev" : "/usr/share/julia"; }
  bool tracked_by_path = false;
  // Written with --compress-sysimage=yes; offsets count in what is unpacked then.
  bool is_compressed() const { return folder.ends_with("-compressed"); }
  // Whether all of it is there: in split folders the corpus leaves two libraries out.
  bool is_complete() const { return has_library || !file.is_split(); }
};

// With other bytes in place of the two files.
std::unique_ptr<LoadedImage> with_bytes(const LoadedImage& image, std::string ji, std::string so);
// Every image of the corpus.
const std::vector<std::unique_ptr<LoadedImage>>& loaded_images();
const LoadedImage& loaded_image(const std::string& name);

// `bytes` with the patches written over it; fails where one leads out of it.
std::string apply(std::string bytes, const std::vector<BytePatch>& patches);
// The image with a plan's patches in both files.
std::unique_ptr<LoadedImage> apply(const LoadedImage& image, const PayloadPlan& plan);

// Offsets of a text, found one byte at a time.
std::vector<uint64_t> offsets_of(const std::string& text, const std::string& bytes);

}  // namespace jireloc::test
