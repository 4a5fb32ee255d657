// Bundles: the bytes as one, as what one holds (no fuzzer finds the way through checksums), and as a
// manifest's text.
#include "jireloc/bundle.hpp"

#include "bundle/frames.hpp"
#include "bundle/names.hpp"
#include "bundle/tar.hpp"
#include "fuzz/targets.hpp"
#include "jireloc/error.hpp"

namespace jireloc::fuzz {
namespace {

BundleSource source_from(std::string_view bytes) {
  auto left = std::make_shared<std::string_view>(bytes);
  return {"input", [left](char* to, size_t most) {
            const size_t some = left->copy(to, most);
            left->remove_prefix(some);
            return some;
          }};
}

template <typename Read>
void try_to(Read read) {
  try {
    read();
  } catch (const Error& error) {
    require(!error.message().empty(), "an error has a sentence");
  }
}

// What was accepted leads nowhere but into a depot, and is read again as it is written.
void judge(const BundleManifest& manifest) {
  std::string last;
  for (const BundleFile& file : manifest.files) {
    require(bundles::refused_name(file.path).empty(), "names are allowed ones");
    require(file.path > last, "names are in order");
    last = file.path;
    if (file.kind == BundleFileKind::link)
      require(bundles::refused_link(file.path, file.link).empty(), "links are allowed ones");
    require(bundles::tar_header(file).size() % bundles::kBlock == 0, "headers are whole blocks");
  }
  const std::string text = bundle_manifest_text(manifest);
  require(bundle_manifest_text(parse_bundle_manifest(text, "again")) == text,
          "a manifest is read as it is written");
}

// The compressor is made once: making it costs more than all that is tried with what it made.
std::string packed(std::string_view content, bool with_header) {
  static bundles::FrameCompressor compressor(1);
  std::string out, whole(content);
  if (with_header)
    whole = bundles::tar_header(bundles::manifest_entry(content.size())) + whole +
            std::string(bundles::padding_of(content.size()), '\0') + bundles::tar_end();
  bundles::FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
  if (!whole.empty()) frames.put(compressor.pack(whole));
  frames.finish();
  return out;
}

}  // namespace

void bundle(std::string_view data) {
  try_to([&] { judge(parse_bundle_manifest(data, "input")); });
  try_to([&] { judge(verify_bundle(source_from(data)).manifest); });
  const std::string content = packed(data, false), manifest = packed(data, true);
  try_to([&] { judge(verify_bundle(source_from(content)).manifest); });
  try_to([&] { judge(verify_bundle(source_from(manifest)).manifest); });
}

}  // namespace jireloc::fuzz
