// Files made into frames: the same bytes however they are read, and none that changes meanwhile.
#include "bundle/file_packer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "bundle/listing.hpp"
#include "bundle/tar.hpp"
#include "bytes/folders.hpp"
#include "jireloc/error.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::bundles {
namespace {

class SmallDepot {
 public:
  SmallDepot() {
    for (int i = 0; i < 300; ++i)
      test::write_file(path(i), std::string(static_cast<size_t>(i) * 100, static_cast<char>('a' + i % 26)));
    std::string noise(2 * kFrame + 12'345, '\0');
    for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * i >> 7);
    test::write_file(path(300), noise);
    folder_ = open_folder(real_file_system(), top_.path());
  }
  std::string path(int number) const { return top_ / ("packages/A/abcde/f" + std::to_string(1000 + number)); }
  std::vector<BundleFile> list(HeldContents& held) const {
    return list_tree(real_file_system(), *folder_, "packages/A/abcde", {}, held).files;
  }
  const Folder& folder() const { return *folder_; }

 private:
  const test::TempFolder top_{test::TempFolder::Where::memory};
  std::shared_ptr<Folder> folder_;
};

// `meanwhile`: done between the two readings.
std::string bundle_of(std::vector<BundleFile> files, FilePacker& packer, bool at_once,
                      const std::function<void()>& meanwhile) {
  BundleManifest manifest;
  manifest.depot = "/d";
  manifest.files = std::move(files);
  int known = 0;
  bool all_set = false;
  packer.hash(manifest.files, at_once, [&] {
    ++known;
    all_set = std::all_of(manifest.files.begin(), manifest.files.end(), [](const BundleFile& file) {
      return file.kind != BundleFileKind::file || file.digest.size() == 32;
    });
  });
  CHECK(all_set);
  CHECK(known == 1);
  meanwhile();
  std::string out;
  FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
  const std::string text = bundle_manifest_text(manifest);
  frames.write(tar_header(manifest_entry(text.size())) + text + std::string(padding_of(text.size()), '\0'));
  packer.write(manifest.files, frames);
  frames.write(tar_end());
  frames.finish();
  return out;
}

std::string bundle_of(
    const SmallDepot& depot, int jobs, bool at_once, const std::function<void()>& meanwhile = [] {}) {
  Threads threads(jobs);
  HeldContents none(0);
  FilePacker packer(real_file_system(), depot.folder(), none, threads, 1, nullptr);
  std::vector<BundleFile> files = depot.list(none);
  for (BundleFile& file : files) file.digest.clear();
  return bundle_of(std::move(files), packer, at_once, meanwhile);
}

Code failure_of(const SmallDepot& depot, bool at_once, const std::function<void()>& meanwhile) {
  try {
    bundle_of(depot, 2, at_once, meanwhile);
    return Code::none;
  } catch (const Error& error) {
    return error.kind();
  }
}

}  // namespace

TEST_CASE("a bundle is the same whether its files were read once or twice, by however many threads") {
  const SmallDepot depot;
  const std::string one = bundle_of(depot, 1, true);
  CHECK(verify_bundle(test::made::source_from(one)).manifest.files.size() == 302);
  CHECK(bundle_of(depot, 3, true) == one);
  CHECK(bundle_of(depot, 1, false) == one);
  CHECK(bundle_of(depot, 3, false) == one);
}

TEST_CASE(
    "what was read once is packed as it was then, and what changes before it is read again is noticed") {
  const SmallDepot depot;
  const std::string before = bundle_of(depot, 1, true), was = test::read_file(depot.path(7));
  const auto change = [&](int number, const std::string& text) {
    return [&depot, number, text] { test::write_file(depot.path(number), text); };
  };
  CHECK(bundle_of(depot, 1, true, change(7, std::string(was.size(), 'X'))) == before);
  test::write_file(depot.path(7), was);
  CHECK(failure_of(depot, false, change(7, std::string(was.size(), 'X'))) == Code::conflict);
  test::write_file(depot.path(7), was);
  CHECK(failure_of(depot, false, change(7, was + "X")) == Code::conflict);
  test::write_file(depot.path(7), was.substr(1));
  CHECK(failure_of(depot, false, change(7, was)) == Code::conflict);
  CHECK(failure_of(depot, false, change(300, std::string(2 * kFrame + 12'345, 'X'))) == Code::conflict);
}

TEST_CASE("what was read for the hash of its tree is packed as it was then") {
  const SmallDepot depot;
  for (const bool is_held : {true, false}) {
    CAPTURE(is_held);
    const std::string before = bundle_of(depot, 1, true);
    HeldContents held(is_held ? uint64_t{1} << 30 : 0);
    const std::vector<BundleFile> files = depot.list(held);
    REQUIRE((held.find(files.back().path) != nullptr) == is_held);
    for (const bool at_once : {true, false}) {
      Threads threads(2);
      FilePacker packer(real_file_system(), depot.folder(), held, threads, 1, nullptr);
      const std::string was = test::read_file(depot.path(7));
      const auto pack = [&] { return bundle_of(files, packer, at_once, [] {}); };
      CHECK((pack() == before));
      test::write_file(depot.path(7), std::string(was.size(), 'X'));
      if (is_held)
        CHECK((pack() == before));
      else
        CHECK_THROWS_AS(pack(), Error);
      test::write_file(depot.path(7), was);
    }
  }
}

TEST_CASE("what is kept is packed only where it is what is listed") {
  const SmallDepot depot;
  const std::string before = bundle_of(depot, 1, true);
  HeldContents none(0), held(1 << 30);
  const std::vector<BundleFile> files = depot.list(none);
  const std::string was = test::read_file(depot.path(7));
  test::write_file(depot.path(7), std::string(was.size(), 'X'));
  depot.list(held);
  test::write_file(depot.path(7), was);
  depot.list(held);
  Threads threads(2);
  FilePacker packer(real_file_system(), depot.folder(), held, threads, 1, nullptr);
  CHECK((bundle_of(files, packer, true, [] {}) == before));
}

}  // namespace jireloc::bundles
