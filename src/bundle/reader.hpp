// A bundle read from its start to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bundle/frames.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

class BundleReader {
 public:
  // Reads the manifest. `jobs`: with more than one, what follows is unpacked meanwhile by another thread
  // where the source never waits for somebody else. Throws Error.
  explicit BundleReader(const BundleSource& source, int jobs = 1);

  const BundleManifest& manifest() const noexcept { return manifest_; }
  const std::vector<Frame>& frames() const noexcept { return frames_.frames(); }

  // Calls begin(file) for each in its order, and data(piece) with the content of those that are files, and
  // then end(file): the content was verified. Then the rest of the bundle is read to its end. What room(file)
  // gives takes the whole content at once, and there is no data(piece); null: it comes in pieces.
  struct Use {
    std::function<void(const BundleFile&)> begin;
    std::function<void(std::string_view)> data;
    std::function<void(const BundleFile&)> end;
    std::function<char*(const BundleFile&)> room = {};
    // Takes a whole content that lies in memory already, and stays there as long as somebody has the pointer,
    // when it was verified; called instead of the others where it lies there.
    std::function<void(const BundleFile&, std::string_view, const std::shared_ptr<const void>&)> take = {};
  };
  VerifiedBundle read(const Use& use);

  // The same, one file a call. False at the end: the rest was read, and holds.
  bool read_next(const Use& use);
  // Once, behind the end; takes the manifest away. Throws Error (conflict) where it is not what the source
  // was to be.
  VerifiedBundle verified();
  // The one that comes next; null: there is none.
  const BundleFile* next() const noexcept {
    return at_ < manifest_.files.size() ? &manifest_.files[at_] : nullptr;
  }

 private:
  uint64_t read_manifest_size();
  std::string read_manifest(uint64_t size);
  void expect(const std::string& bytes, const std::string& what);
  std::string read_pieces(const BundleFile& file, const Use& use);
  void read_content(const BundleFile& file, const Use& use);

  FrameReader frames_;
  const std::string source_sha256_;
  BundleManifest manifest_;
  size_t at_ = 0;  // of the file that comes next
  std::unique_ptr<char[]> buffer_;
};

}  // namespace jireloc::bundles
