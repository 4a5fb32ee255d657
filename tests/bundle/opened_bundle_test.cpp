// A bundle looked at as if it were unpacked.
#include <fcntl.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "bundle/frames.hpp"
#include "bundle/reader.hpp"
#include "bundle/tar.hpp"
#include "bytes/folders.hpp"
#include "bytes/reading.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/environment.hpp"
#include "support/corpus_depot.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

namespace jireloc::opened_bundles {
namespace {

namespace fs = std::filesystem;

// The package Leaf and its image of a folder of the corpus, packed.
struct PackedLeaf {
  test::TempFolder top;
  const std::string packed_at = top / "packed", path = top / "layer.jlb.tar.zst";

  explicit PackedLeaf(const std::string& folder) {
    test::make_depot(packed_at, folder, {"Leaf"});
    PackOptions options;
    options.depot = packed_at;
    options.output = path;
    pack_bundle(options, [](const DepotItem&) {});
    fs::remove_all(packed_at);
  }

  // The same with one file that has another byte.
  void change(const std::string& ending) {
    const BundleSource source = bundle_file(path);
    bundles::BundleReader reader(source);
    std::map<std::string, std::string> contents;
    std::string* content = nullptr;
    BundleManifest manifest = reader
                                  .read({[&](const BundleFile& file) { content = &contents[file.path]; },
                                         [&](std::string_view piece) { *content += piece; },
                                         {}})
                                  .manifest;
    std::string out;
    bundles::FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
    for (BundleFile& file : manifest.files) {
      if (!file.path.ends_with(ending)) continue;
      contents[file.path].back() ^= 1;
      bytes::Digest digest;
      digest.add(contents[file.path]);
      file.digest = digest.text();
    }
    const std::string text = bundle_manifest_text(manifest);
    frames.write(bundles::tar_header(bundles::manifest_entry(text.size())) + text +
                 std::string(bundles::padding_of(text.size()), '\0'));
    for (const BundleFile& file : manifest.files)
      frames.write(bundles::tar_header(file) + contents[file.path] +
                   std::string(bundles::padding_of(file.size), '\0'));
    frames.write(bundles::tar_end());
    frames.finish();
    test::write_file(path, out);
  }

  ImageReport judged() const {
    const OpenedBundle bundle(path, uint64_t{1} << 30);
    const UnpackedView view({&bundle}, plain_file_view());
    CheckContext context;
    context.view = &view;
    context.depots = {packed_at};
    const std::string image = bundle.images().at(0);
    return check_image(*open_file(bundle.place_of(image)), packed_at + "/" + image, context);
  }
};

}  // namespace

TEST_CASE("an image in a bundle is fresh by the sources beside it, and stale where one has another content") {
  PackedLeaf packed("1.12.5-plain");
  CHECK(packed.judged().verdict == Verdict::fresh);
  packed.change("src/Leaf.jl");
  const ImageReport report = packed.judged();
  CHECK(report.verdict == Verdict::stale);
  REQUIRE(report.reasons.size() == 1);
  CHECK(report.reasons[0].code == Code::include_dependency_fhash_change);
}

TEST_CASE("folders and files of a bundle are listed and read under its name, and no others are") {
  const PackedLeaf packed("1.12.5-plain");
  std::string place;
  {
    const OpenedBundle bundle(packed.path, uint64_t{1} << 30);
    CHECK(file_status(bundle.place_of("packages/Leaf")).is_directory());
    CHECK(file_status(bundle.place_of("packages/Leaf/")).is_directory());
    CHECK_FALSE(file_status(bundle.place_of("packages/Leave")).exists());
    CHECK_FALSE(file_status(bundle.place_of("compiled/v1.12")).exists());
    const auto folder = open_folder(reading_file_system(), bundle.place_of("packages/Leaf"));
    const auto entries = list_folder(reading_file_system(), folder->fd(), folder->path);
    REQUIRE(entries.size() == 1);
    place = bundle.place_of("packages/Leaf/" + entries[0].name + "/Project.toml");
    const auto tree = open_folder_in(reading_file_system(), *folder, entries[0].name);
    for (const FolderEntry& entry : list_folder(reading_file_system(), tree->fd(), tree->path))
      CHECK(find_entry(reading_file_system(), tree->fd(), entry.name, entry.name).has_value());
    CHECK(read_small_file(place, 10'000).find("name = \"Leaf\"") != std::string::npos);
    CHECK(file_status(place).size == read_small_file(place, 10'000).size());
    CHECK(reading_file_system().open(AT_FDCWD, place.c_str(), O_RDWR) == -EROFS);
  }
  CHECK_FALSE(file_status(place).exists());
}

}  // namespace jireloc::opened_bundles
