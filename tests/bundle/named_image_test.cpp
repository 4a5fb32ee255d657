// unpack, where the code of one image names another image of the bundle: both are in memory meanwhile.
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "jireloc/bundle.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/payload.hpp"
#include "jireloc/rewrite.hpp"
#include "support/corpus_depot.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc {
namespace {

const std::string kNaming = "compiled/v1.5/Leaf/D4iCS_k5y5r.ji", kNamed = "compiled/v1.5/Mid/NjELX_k5y5r.ji";

// Leaf's image names another path in the depot in place of its table; spare slashes fill the room.
std::string planted(const std::string& depot, std::string named) {
  const ImagePair image = open_image(depot + "/" + kNaming);
  const std::vector<std::string> places = {depot};
  std::string content = test::read_file(depot + "/" + kNaming);
  size_t found = 0;
  for (const Occurrence& at : scan_payload({image.file, *image.ji, nullptr}, places).occurrences) {
    if (at.kind != OccurrenceKind::path_constant || !at.text.ends_with("/data/table.csv")) continue;
    ++found;
    REQUIRE(at.text.size() > depot.size() + named.size());
    named.insert(0, at.text.size() - depot.size() - named.size(), '/');
    content.replace(at.text_offset, at.text.size(), depot + named);
  }
  REQUIRE(found == 1);
  const size_t end = content.size() - sizeof(uint32_t);
  const uint32_t crc = crc32c::extend(0, content.data(), end);
  std::memcpy(content.data() + end, &crc, sizeof crc);
  return content;
}

struct NamingDepot {
  test::TempFolder top{test::TempFolder::Where::memory};
  const std::string path = top / "d";

  NamingDepot() { test::make_depot(path, "1.5.3-plain"); }

  BundleManifest manifest() const {
    PackOptions options;
    options.depot = path;
    options.rules.allow_build_scripts = true;
    return pack_bundle(options, [](const DepotItem&) {}).manifest;
  }
  // What no depot is packed to: pack leaves out an image that names another.
  BundleSource bundle(BundleManifest manifest, const std::string& naming) const {
    test::made::Wishes wishes;
    wishes.contents.clear();
    for (BundleFile& file : manifest.files) {
      if (file.kind != BundleFileKind::file) continue;
      std::string& content = wishes.contents[file.path];
      content = file.path == kNaming ? naming : test::read_file(path + "/" + file.path);
      file.digest = test::made::file(file.path, content).digest;
    }
    return test::made::source_from(test::made::packed(manifest, wishes));
  }
};

const DepotItem& item_of_naming(const std::vector<DepotItem>& items) {
  for (const DepotItem& item : items)
    if (item.path.ends_with(kNaming)) return item;
  FAIL("nothing was said of it");
  return items.front();
}

}  // namespace

TEST_CASE(
    "an image that is unpacked in memory is there for code that names it, as it is for a depot on the disk") {
  const NamingDepot depot;
  const auto [named, absent] = GENERATE(table<std::string, uint64_t>({{kNamed, 0},
                                                                      {"compiled/v1.5/Mid", 0},
                                                                      {"compiled/v1.5/Mid/NjELX_k5y5x.ji", 1},
                                                                      {"compiled/v1.5/Mud", 1}}));
  CAPTURE(named);
  const BundleManifest manifest = depot.manifest();
  const std::string naming = planted(depot.path, named);

  RelocateOptions options;
  options.rules.allow_build_scripts = true;
  std::vector<DepotItem> from_bundle, from_disk;
  UnpackOptions unpack{options};
  unpack.relocate.to = depot.top / "s";
  unpack_bundle(depot.bundle(manifest, naming), unpack,
                [&](const DepotItem& item) { from_bundle.push_back(item); });

  const auto time = std::filesystem::last_write_time(depot.path + "/" + kNaming);
  test::write_file(depot.path + "/" + kNaming, naming);
  std::filesystem::last_write_time(depot.path + "/" + kNaming, time);
  options.from = depot.path;
  options.to = depot.top / "t";
  relocate_depot(options, [&](const DepotItem& item) { from_disk.push_back(item); });

  for (const auto* items : {&from_disk, &from_bundle}) {
    INFO((items == &from_disk ? "from the disk" : "from the bundle"));
    const DepotItem& item = item_of_naming(*items);
    CHECK(item.status == DepotItemStatus::relocated);
    CHECK(item.absent_before == absent);
    CHECK(item.warnings.size() == item_of_naming(from_disk).warnings.size());
  }
  const std::string out = test::read_file(depot.top / "s/" + kNaming);
  CHECK(out.find("/" + named) != std::string::npos);
  CHECK(out.size() == test::read_file(depot.top / "t/" + kNaming).size());
}

}  // namespace jireloc
