// The first entry of a bundle: JSON that says all of what follows.
#include "bundle/manifest_rules.hpp"
#include "bundle/members.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc {

std::string_view name(BundleFileKind kind) noexcept {
  constexpr std::string_view kNames[] = {"file", "folder", "link"};
  return kNames[static_cast<size_t>(kind) % std::size(kNames)];
}

namespace bundles {

namespace {

auto look_at_file(const std::vector<BundleFile>& before) {
  return [&before](const BundleFile& file, const auto& reader) {
    if (const std::string why = refused_file(file, before); !why.empty()) reader.fail(why);
  };
}

}  // namespace

void each_member(auto& use, Is<BundleBase> auto& base) {
  use.text("sha256", base.sha256);
  use.records("builds", base.builds);
  use.texts("artifacts", base.artifacts);
  use.records("files", base.files, look_at_file(base.files));
}

template <typename Use>
void each_member(Use& use, Is<BundleManifest> auto& manifest) {
  use.schema("jireloc/bundle/1");
  use.raw("depot", manifest.depot);
  use.raws("spellings", manifest.spellings);
  use.records("julias", manifest.julias);
  use.records("packages", manifest.packages);
  use.texts("artifacts", manifest.artifacts);
  use.records("images", manifest.images);
  use.records("modules", manifest.modules);
  if (!Use::kWrites || !manifest.since.empty()) use.records("since", manifest.since);
  use.records("files", manifest.files, look_at_file(manifest.files));
}

}  // namespace bundles

std::string bundle_manifest_text(const BundleManifest& manifest) {
  constexpr size_t kOfOneFile = 192;  // more or less: memory that need not be got again
  std::string text =
      bundles::RecordWriter::text_of(manifest, ",\n", kOfOneFile * (manifest.files.size() + 64));
  return text += '\n';
}

BundleManifest parse_bundle_manifest(std::string_view text, const std::string& name_for_messages) {
  BundleManifest manifest;
  bundles::RecordReader reader(text, name_for_messages, "the bundle's manifest");
  reader.read_whole(manifest);
  if (const std::string why = bundles::refused_manifest(manifest); !why.empty()) reader.fail(why);
  return manifest;
}

}  // namespace jireloc
