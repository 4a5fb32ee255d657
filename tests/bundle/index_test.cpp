// Indexes that nobody made: what one may say of a folder, and what is taken of it.
#include <catch2/catch.hpp>

#include "jireloc/bundle_index.hpp"

namespace jireloc {
namespace {

const Sha1 kTree = [] {
  Sha1 tree{};
  tree.fill(0xab);
  return tree;
}();

ManifestEntry wanted_package(const std::string& name) {
  ManifestEntry entry;
  entry.name = name;
  entry.uuid = {1, 2};
  entry.tree = kTree;
  return entry;
}

// A bundle with the package and an image of it.
IndexedBundle indexed(const std::string& file, const std::string& name, char digit) {
  IndexedBundle bundle;
  bundle.file = file;
  bundle.sha256 = std::string(64, digit);
  const std::string path = "packages/" + name + "/" + version_slug({1, 2}, kTree);
  bundle.manifest.packages = {{path, name, Uuid{1, 2}, "0.1.0", sha1_text(kTree)}};
  Prefix julia;
  julia.version = "1.10.8";
  julia.format = 12;
  julia.pointer_size = 8;
  bundle.manifest.julias = {julia};
  BundleImage image;
  image.path = "compiled/v1.10/" + name + "/x_y.ji";
  image.name = name;
  image.uuid = {1, 2};
  image.build_id_hi = 3;
  image.packages = {path};
  bundle.manifest.images = {image};
  return bundle;
}

bool refused(const IndexedBundle& bundle) {
  try {
    parse_bundle_index(bundle_index_text({{bundle}}), "index");
  } catch (const Error& error) {
    return error.kind() == ErrorKind::bad_value && error.offset().has_value();
  }
  return false;
}

std::vector<std::string> picked(BundleChoice& choice) {
  std::vector<std::string> files;
  while (const auto pick = choice.next()) {
    files.push_back(choice.index().bundles[pick->bundle].file);
    choice.take(*pick);
  }
  return files;
}

}  // namespace

TEST_CASE("an index is read as it was written, and names nothing outside of its folder") {
  IndexedBundle bundle = indexed("a.jlb.tar.zst", "A", 'a');
  bundle.since = {std::string(64, 'b')};
  const BundleIndex again = parse_bundle_index(bundle_index_text({{bundle}}), "index");
  REQUIRE(again.bundles.size() == 1);
  CHECK(again.bundles[0].manifest.images == bundle.manifest.images);
  CHECK(again.bundles[0].manifest.packages == bundle.manifest.packages);
  CHECK(again.bundles[0].since == bundle.since);
  for (const char* file : {"", "../a.jlb.tar.zst", "/a.jlb.tar.zst", "b/a.jlb.tar.zst", "a.txt"}) {
    bundle.file = file;
    CHECK(refused(bundle));
  }
  bundle = indexed("a.jlb.tar.zst", "A", 'a');
  CHECK_FALSE(refused(bundle));
  bundle.manifest.julias.clear();
  CHECK(refused(bundle));
  bundle = indexed("a.jlb.tar.zst", "A", 'a');
  bundle.sha256 = "x";
  CHECK(refused(bundle));
}

TEST_CASE("bundles that an index says to rest on each other are passed over") {
  IndexedBundle a = indexed("a.jlb.tar.zst", "A", 'a'), b = indexed("b.jlb.tar.zst", "B", 'b');
  a.since = {b.sha256};
  b.since = {a.sha256};
  const IndexedBundle c = indexed("c.jlb.tar.zst", "C", 'c');
  BundleChoice choice({{a, b, c}}, {wanted_package("A"), wanted_package("C")}, {}, nullptr);
  CHECK(picked(choice) == std::vector<std::string>{"c.jlb.tar.zst"});
  REQUIRE(choice.told()[0].passed_over.size() == 1);
  CHECK(choice.told()[0].passed_over[0].code == Code::dependency_missing);
  CHECK(choice.told()[1].taken == "c.jlb.tar.zst");
}

TEST_CASE("what could not be unpacked is had of another bundle, if one has it") {
  BundleChoice choice({{indexed("a.jlb.tar.zst", "A", 'a'), indexed("b.jlb.tar.zst", "A", 'b')}},
                      {wanted_package("A")}, {}, nullptr);
  const auto first = choice.next();
  REQUIRE(first);
  choice.pass_over(*first, {Code::bad_checksum, "damaged"});
  CHECK(picked(choice) == std::vector<std::string>{"b.jlb.tar.zst"});
  CHECK(choice.told()[0].taken == "b.jlb.tar.zst");
  CHECK(choice.told()[0].passed_over.at(0).path == "a.jlb.tar.zst");
}

TEST_CASE("a package in another version is not what is wanted") {
  ManifestEntry other = wanted_package("A");
  other.tree->fill(0xcd);
  BundleChoice choice({{indexed("a.jlb.tar.zst", "A", 'a')}}, {other}, {}, nullptr);
  CHECK_FALSE(choice.next());
  CHECK(choice.told()[0].passed_over.empty());
}

}  // namespace jireloc
