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
  // Reads the manifest. Throws Error.
  explicit BundleReader(const BundleSource& source);

  const BundleManifest& manifest() const noexcept { return manifest_; }

  // Calls begin(file) for each in its order, and data(piece) with the content of those that are files, and
  // then end(file): the content was verified. Then the rest of the bundle is read to its end.
  struct Use {
    std::function<void(const BundleFile&)> begin;
    std::function<void(std::string_view)> data;
    std::function<void(const BundleFile&)> end;
  };
  VerifiedBundle read(const Use& use);

 private:
  std::string read_manifest();
  void expect(const std::string& bytes, const std::string& what);
  void read_content(const BundleFile& file, const Use& use);

  FrameReader frames_;
  const std::string source_sha256_;
  BundleManifest manifest_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace jireloc::bundles
