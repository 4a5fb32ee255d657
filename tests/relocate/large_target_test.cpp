// A target with many packages: a run costs what it brings, not what is there.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "relocate/run.hpp"
#include "support/corpus.hpp"
#include "support/corpus_depot.hpp"
#include "support/forwarding_file_system.hpp"
#include "test_places.hpp"

using namespace jireloc;
namespace fs = std::filesystem;

namespace {

struct CountingFileSystem : test::ForwardingFileSystem {
  CountingFileSystem() : ForwardingFileSystem(real_file_system()) {}
  std::atomic<size_t> calls{0};

 protected:
  ssize_t around(test::Call, size_t*, const std::function<ssize_t()>& forward) override {
    ++calls;
    return forward();
  }
};

// A depot with packages of the corpus and their images, and a target beside it. The name is short: no path in
// the images grows.
struct LargeTarget {
  std::string made_at = "/tmp/jXXXXXX";
  const fs::path top = ::mkdtemp(made_at.data());
  const fs::path corpus = fs::path(JIRELOC_CORPUS) / "1.10.8-plain";
  const fs::path user = top / "u", shared = top / "s";
  std::map<std::string, DepotItem> images;  // by package

  explicit LargeTarget(const std::vector<std::string>& packages) {
    test::unpack_packages("1.10.8-plain", user, packages);
    test::copy_images("1.10.8-plain", user, packages);
  }
  ~LargeTarget() { fs::remove_all(top); }
  LargeTarget(const LargeTarget&) = delete;
  LargeTarget& operator=(const LargeTarget&) = delete;

  void copy_image(const std::string& name, const fs::path& depot, const std::string& folder) const {
    const fs::path place = depot / "compiled/v1.10" / folder;
    fs::create_directories(place.parent_path());
    fs::copy(corpus / "images/compiled/v1.10" / name, place);
    for (const auto& entry : fs::directory_iterator(place))
      if (entry.path().extension() == ".json") fs::remove(entry.path());
  }
  // The same image under many names, with a package each.
  void fill(int count) const {
    for (int i = 0; i < count; ++i) {
      copy_image("Leaf", shared, fmt::format("Other{}", i));
      fs::create_directories(shared / fmt::format("packages/Other{}/AbCdE/src", i));
    }
  }
  size_t relocate() {
    RelocateOptions options;
    options.from = user.string();
    options.to = shared.string();
    options.map.add({"/home/pkgeval/.julia", shared.string()});
    options.durability = Durability::none;
    options.jobs = 1;
    CountingFileSystem counting;
    const ItemSink sink = [&](const DepotItem& item) {
      if (item.kind == DepotItemKind::image)
        images[fs::path(item.path).parent_path().filename().string()] = item;
    };
    relocating::relocate(options, sink, counting);
    return counting.calls;
  }
};

size_t calls_with(int others) {
  LargeTarget depots({"Leaf"});
  depots.fill(others);
  return depots.relocate();
}

}  // namespace

TEST_CASE("what an image needs is found in the target, where Julia looks for it and anywhere else") {
  for (const char* folder : {"Leaf", "Elsewhere"}) {
    INFO(folder);
    LargeTarget depots({"Mid"});
    test::unpack_packages("1.10.8-plain", depots.user, {"Leaf"});
    depots.relocate();
    CHECK(depots.images.at("Mid").status == DepotItemStatus::dropped);
    CHECK(depots.images.at("Mid").reasons.at(0).code == Code::dependency_missing);
    depots.copy_image("Leaf", depots.shared, folder);
    depots.relocate();
    CHECK(depots.images.at("Mid").status == DepotItemStatus::relocated);
  }
}

TEST_CASE("what a killed run has staged for any package is removed by the next one") {
  LargeTarget depots({"Leaf"});
  const fs::path images = depots.shared / "compiled/v1.10/Other";
  fs::create_directories(depots.shared / "packages/Other");
  fs::create_directories(images);
  const std::string dead = ".jireloc-1-1000", staged = ".jireloc-1-1001", earlier = ".jireloc-1-999";
  fs::create_directories(depots.shared / "packages/Other" / staged);
  for (const std::string& name : {staged, earlier}) std::ofstream(images / name);
  depots.relocate();
  CHECK(fs::exists(depots.shared / "packages/Other" / staged));  // nobody died, nobody looks
  CHECK(fs::exists(images / staged));
  std::ofstream(depots.shared / dead);
  depots.relocate();
  CHECK_FALSE(fs::exists(depots.shared / "packages/Other" / staged));
  CHECK_FALSE(fs::exists(images / staged));
  CHECK(fs::exists(images / earlier));  // young, and nobody's: a rewrite may be at work
  CHECK_FALSE(fs::exists(depots.shared / dead));
}

TEST_CASE("a run makes as many system calls where the target has forty packages more") {
  const size_t few = calls_with(3);
  CHECK(few > 100);
  CHECK(calls_with(43) < few + 40);
}
