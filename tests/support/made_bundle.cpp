#include "support/made_bundle.hpp"

#include <algorithm>
#include <memory>

#include "bundle/frames.hpp"
#include "bundle/tar.hpp"

namespace jireloc::test::made {

using namespace bundles;

BundleSource source_from(std::string bytes) {
  struct State {
    std::string bytes;
    size_t at = 0;
  };
  auto left = std::make_shared<State>(State{std::move(bytes)});
  return {"bundle", [left](char* to, size_t most) {
            const size_t some = std::min<size_t>({most, left->bytes.size() - left->at, 1000});
            std::copy_n(left->bytes.begin() + static_cast<std::ptrdiff_t>(left->at), some, to);
            left->at += some;
            return some;
          }};
}

BundleFile folder(const std::string& path) {
  return {path, BundleFileKind::folder, 0, 0755, 1700000000, 5, {}, {}};
}

BundleFile file(const std::string& path, const std::string& content) {
  bytes::Digest digest;
  digest.add(content);
  return {path, BundleFileKind::file, content.size(), 0644, 1700000000, 123456789, digest.text(), {}};
}

BundleFile link_to(const std::string& path, const std::string& text) {
  return {path, BundleFileKind::link, 0, 0777, 1700000000, 0, {}, text};
}

BundleManifest sound_manifest() {
  BundleManifest manifest;
  manifest.depot = "/home/u/.julia";
  manifest.spellings = {"/data/u/.julia", "/h/\xff"};
  manifest.files = {folder("packages/A/abcde"), file("packages/A/abcde/a.txt", "hello"),
                    folder("packages/A/abcde/src"), file("packages/A/abcde/src/A.jl", "module A\nend\n"),
                    link_to("packages/A/abcde/src/up", "../a.txt")};
  return manifest;
}

std::string packed(const BundleManifest& manifest, const Wishes& wishes) {
  std::string out;
  FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
  const std::string text = wishes.text.empty() ? bundle_manifest_text(manifest) : wishes.text;
  frames.write(tar_header(manifest_entry(text.size())) + text + std::string(padding_of(text.size()), '\0'));
  for (const BundleFile& entry : manifest.files) {
    frames.write(tar_header(entry));
    const auto content = wishes.contents.find(entry.path);
    if (entry.kind == BundleFileKind::file && content != wishes.contents.end())
      frames.write(content->second + std::string(padding_of(content->second.size()), '\0'));
  }
  frames.write(tar_end() + wishes.behind);
  frames.finish();
  return out;
}

}  // namespace jireloc::test::made
