// What a bundle's files become in a staging folder, and what is said of its trees without reading them.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "bundle/stage_bundle.hpp"
#include "bytes/transaction.hpp"
#include "depot/tree_hasher.hpp"
#include "jireloc/error.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::bundles {
namespace {

using namespace test::made;

const std::string kTree = "packages/A/abcde", kArtifact = "artifacts/" + std::string(40, '7');

// Names whose order as paths is another than within their folders, links, programs, and what is larger than
// a batch, or than any number of them.
struct Packed {
  BundleManifest manifest;
  test::made::Wishes wishes;
  std::string bytes;

  Packed() {
    manifest.depot = "/home/u/.julia";
    wishes.contents.clear();
    for (const std::string name : {"", "/a", "/a-b", "/a/b", "/a/b/c", "/empty", "/empty/too"})
      manifest.files.push_back(folder(kTree + name));
    manifest.files.push_back(folder(kArtifact));
    for (const std::string name : {"/a.txt", "/a-b/z", "/a/b/c/deep", "/a/b-c", "/a0", "/\xff"})
      add(kTree + name, name);
    add(kTree + "/a/nothing", "");
    add(kTree + "/run.sh", "#!/bin/sh\n", 0755);
    add(kTree + "/read-only", "x", 0444);
    add(kTree + "/large", std::string(600'000, 'l'));
    for (int i = 0; i < 600; ++i) add(kArtifact + "/f" + std::to_string(i), std::string(i * 13, 'a'));
    add("compiled/v1.10/A/slug.ji", std::string(300'000, 'j'));
    add("compiled/v1.10/A/slug.so", std::string(700'000, 's'), 0755);
    manifest.files.push_back(link_to(kTree + "/a/up", "../a.txt"));
    manifest.files.push_back(link_to(kTree + "/a/odd",
                                     "gr\xc3\xb6\xc3\x9f"
                                     "e"));
    pack();
  }

  void pack() {
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    bytes = packed(manifest, wishes);
  }

  void add(const std::string& path, const std::string& content, mode_t mode = 0644) {
    manifest.files.push_back(file(path, content));
    manifest.files.back().mode = mode;
    wishes.contents[path] = content;
  }
};

class Staged {
 public:
  explicit Staged(const Packed& packed, int threads = 1, FileSystem& system = real_file_system(),
                  std::vector<std::string> names = {})
      : packed_(packed), source_(source_from(packed.bytes)), reader_(source_) {
    test::make_folders(folder_ / "depot");
    const RelocateOptions options;
    staging_.emplace(system, open_folder(system, folder_ / "depot"), options);
    StagedTrees trees;
    const BundlePart part(reader_.manifest(), names);
    memory_.reset(new StagedInMemory{{reader_.manifest(), part}});
    whole = stage_bundle(reader_, part, *staging_, *memory_, trees, Threads(threads), nullptr);
    staging_->finish(Threads(threads));
    hashes = trees.finish(options.limits);
  }

  const relocating::HeldImages& images() const { return memory_->images.images(); }
  std::string place_of(const std::string& path) const { return staging_->path() + "/" + path; }

  void check_files() const {
    for (const BundleFile& file : packed_.manifest.files) {
      INFO(file.path);
      struct stat info {};
      REQUIRE(::lstat(place_of(file.path).c_str(), &info) == 0);
      CHECK(info.st_mtim.tv_sec == file.seconds);
      CHECK(info.st_mtim.tv_nsec == file.nanoseconds);
      if (file.kind == BundleFileKind::link) continue;
      CHECK((info.st_mode & 07777) == (file.kind == BundleFileKind::folder ? 0755 : file.mode));
      if (file.kind == BundleFileKind::file)
        CHECK(test::read_file(place_of(file.path)) == packed_.wishes.contents.at(file.path));
    }
  }

  VerifiedBundle whole;
  std::map<std::string, TreeHash> hashes;

 private:
  const Packed& packed_;
  const test::TempFolder folder_{test::TempFolder::Where::memory};
  const BundleSource source_;
  BundleReader reader_;
  std::optional<Staging> staging_;
  std::unique_ptr<StagedInMemory> memory_;
};

// Of a disk on which no file may be executed, and nobody says so.
class NothingExecutable final : public test::ForwardingFileSystem {
 public:
  NothingExecutable() : ForwardingFileSystem(real_file_system()) {}
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    return ForwardingFileSystem::open_beneath(folder, path, flags, mode & ~mode_t{0111});
  }
  int set_mode(int fd, mode_t mode) override {
    return ForwardingFileSystem::set_mode(fd, mode & ~mode_t{0111});
  }
};

}  // namespace

TEST_CASE("a bundle is staged whole by any number of threads, whatever the umask") {
  const Packed packed;
  const auto [threads, mask] = GENERATE(table<int, mode_t>({{1, 022}, {2, 022}, {7, 0}, {3, 077}}));
  const mode_t before = ::umask(mask);
  const Staged staged(packed, threads);
  ::umask(before);
  INFO(threads << " threads");
  // Folders get their modes when they are made, and are the process's own until then.
  if (mask == 022) staged.check_files();
  for (const auto& [path, content] : packed.wishes.contents) {
    INFO(path);
    CHECK(test::read_file(staged.place_of(path)) == content);
    struct stat info {};
    REQUIRE(::stat(staged.place_of(path).c_str(), &info) == 0);
    const auto listed = std::find_if(packed.manifest.files.begin(), packed.manifest.files.end(),
                                     [&, path = path](const auto& file) { return file.path == path; });
    CHECK((info.st_mode & 07777) == listed->mode);
  }
  CHECK(staged.whole.manifest.files == packed.manifest.files);
  CHECK(staged.whole.size == packed.bytes.size());
}

TEST_CASE("small images are kept in memory with their libraries, others lie on the disk") {
  Packed packed;
  const std::string images = "compiled/v1.10/A/";
  packed.add(images + "large.ji", std::string((8 << 20) + 1, 'l'));
  packed.add(images + "beside.ji", "b");
  packed.add(images + "beside.so", std::string((8 << 20) + 1, 'l'));
  packed.add(images + "empty.ji", "");
  packed.manifest.julias.emplace_back();
  for (const std::string name : {"slug", "large", "beside", "empty"}) {
    BundleImage image;
    image.path = images + name + ".ji";
    if (packed.wishes.contents.contains(images + name + ".so")) image.library = images + name + ".so";
    packed.manifest.images.push_back(image);
  }
  packed.pack();
  const Staged staged(packed, GENERATE(1, 3));
  for (const auto& [path, content] : packed.wishes.contents) {
    if (!path.starts_with("compiled/")) continue;
    INFO(path);
    const auto held = staged.images().open(path, "a name");
    CHECK((held != nullptr) == path.starts_with(images + "slug."));
    CHECK((::access(staged.place_of(path).c_str(), F_OK) == 0) == (held == nullptr));
    if (!held) continue;
    CHECK(held->in_memory() == content);
    CHECK(held->read_string(7, 9) == content.substr(7, 9));
    CHECK_THROWS_AS(held->read_string(content.size(), 1), Error);
    const struct stat status = jireloc::stat_of(*held);
    CHECK(status.st_mode == (S_IFREG | (path.ends_with(".so") ? 0755 : 0644)));
    CHECK(status.st_size == static_cast<off_t>(content.size()));
    CHECK(status.st_mtim.tv_sec == packed.manifest.files[0].seconds);
  }
  relocating::Inventory inventory;
  staged.images().add_to(inventory);
  REQUIRE(inventory.images.size() == 1);
  CHECK(inventory.images[0].relative() == images + "slug.ji");
}

TEST_CASE("what is kept in memory is listed where it would be if it lay on the disk") {
  const test::TempFolder folder(test::TempFolder::Where::memory);
  relocating::HeldImages held;
  for (const std::string path : {"v1.10/a_b.ji", "v1.10/A/a_b.ji", "v1.10/A/b_b.ji", "v1.10/A-B/a_b.ji",
                                 "v1.9/A/a_b.ji", "v1.10-x/A/a_b.ji"}) {
    const std::string image = "compiled/" + path;
    test::make_folders(folder / image.substr(0, image.rfind('/')));
    test::write_file(folder / image, "x");
    held.add(image, "x", {});
  }
  const auto depot = open_folder(real_file_system(), folder / ".");
  relocating::Inventory in_memory;
  held.add_to(in_memory);
  const relocating::Inventory on_disk = relocating::take_inventory(real_file_system(), *depot);
  REQUIRE(in_memory.images.size() == on_disk.images.size());
  for (size_t i = 0; i < on_disk.images.size(); ++i)
    CHECK(in_memory.images[i].relative() == on_disk.images[i].relative());
}

TEST_CASE("tree hashes that are taken while a bundle is staged are those of what lies there then") {
  const Packed packed;
  const Staged staged(packed, GENERATE(1, 3));
  REQUIRE(staged.hashes.size() == 2);
  for (const auto& [path, hash] : staged.hashes) {
    INFO(path);
    const TreeHash there = tree_hash(staged.place_of(path));
    CHECK(sha1_text(hash.hash) == sha1_text(there.hash));
    CHECK(hash.quirk == there.quirk);
    CHECK(hash.files == there.files);
    CHECK(hash.bytes == there.bytes);
    CHECK(hash.outside.count == there.outside.count);
    CHECK(hash.outside.first == there.outside.first);
  }
  CHECK(staged.hashes.at(kTree).quirk.has_value());
  CHECK(staged.hashes.at(kTree).outside.count == 1);
}

TEST_CASE("a tree of which the disk made something else has to be read") {
  const Packed packed;
  NothingExecutable system;
  const Staged staged(packed, 1, system);
  CHECK_FALSE(staged.hashes.contains(kTree));
  CHECK(staged.hashes.contains(kArtifact));
}

TEST_CASE("a tree beyond what may be hashed has to be read") {
  StagedTrees trees;
  const auto add = [&] {
    trees.add_folder(folder(kTree));
    for (const std::string name : {"/a", "/b"}) trees.add_file(file(kTree + name, "12345"), false, Sha1{});
  };
  add();
  TreeLimits limits;
  SECTION("it is within the limits") {
    limits = {.most_entries = 2, .most_bytes = 10};
    CHECK(trees.finish(limits).size() == 1);
  }
  SECTION("too many entries") {
    limits.most_entries = 1;
    CHECK(trees.finish(limits).empty());
  }
  SECTION("too many bytes") {
    limits.most_bytes = 9;
    CHECK(trees.finish(limits).empty());
  }
  SECTION("too deep") {
    std::string path = kTree;
    for (int depth = 0; depth < 129; ++depth) trees.add_folder(folder(path += "/d"));
    CHECK(trees.finish(limits).empty());
  }
}

TEST_CASE("what fails while others write ends the run, and nothing is left") {
  class Full final : public test::ForwardingFileSystem {
   public:
    Full() : ForwardingFileSystem(real_file_system()) {}
    ssize_t write(int fd, const void* data, size_t size) override {
      return ++writes_ > 100 ? -ENOSPC : ForwardingFileSystem::write(fd, data, size);
    }

   private:
    std::atomic<int> writes_{0};
  };
  const Packed packed;
  const test::TempFolder folder(test::TempFolder::Where::memory);
  UnpackOptions options;
  options.relocate.to = folder / "depot";
  options.relocate.jobs = GENERATE(1, 3);
  Full system;
  bool told = false;
  CHECK_THROWS_AS(unpack_bundle(
                      source_from(packed.bytes), options, [&](const auto&) { told = true; }, system),
                  Error);
  CHECK_FALSE(told);
  CHECK(folder.names("depot") == std::vector<std::string>{".jireloc-lock"});
}

}  // namespace jireloc::bundles
