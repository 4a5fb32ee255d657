// What is written is read back from the file, and where that is not asked for, only what the kernel copied.
#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/transaction.hpp"
#include "rewrite/execute.hpp"
#include "support/corpus.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace read_back {
namespace {

namespace fs = std::filesystem;

// A disk that keeps one byte of what it is given otherwise.
struct ForgetfulDisk final : test::ForwardingFileSystem {
  explicit ForgetfulDisk(std::string ending)
      : ForwardingFileSystem(real_file_system()), ending_(std::move(ending)) {}

  ssize_t write(int fd, const void* data, size_t size) override {
    std::string bytes(static_cast<const char*>(data), size);
    if (!bytes.ends_with(ending_)) return ForwardingFileSystem::write(fd, data, size);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    ++spoiled;
    return ForwardingFileSystem::write(fd, bytes.data(), size);
  }
  ssize_t copy_range(int, off_t, int, size_t) override { return -EXDEV; }
  int spoiled = 0;

 private:
  const std::string ending_;  // of what is spoiled
};

fs::path image_of_corpus(const std::string& family) {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(JIRELOC_CORPUS) / family))
    if (entry.path().parent_path().filename() == "Leaf" && entry.path().extension() == ".ji")
      return entry.path();
  throw std::runtime_error("no image of Leaf in the corpus");
}

// Whether the image is refused as it is written to a disk that spoils what ends as `ending` does.
bool is_refused(const ImagePair& image, bool read_back, const std::string& ending) {
  RewriteOptions options;
  options.map.add({"/home/pkgeval/.julia", "/usr/share/julia"});
  ProofCache proofs;
  const RewritePlan plan = plan_rewrite(image, options, test::EmptyView(), proofs);
  REQUIRE(plan.status == RewriteStatus::rewritten);
  const test::TempFolder folder(test::TempFolder::Where::memory);
  ForgetfulDisk disk(ending);
  Transaction transaction(disk);
  rewriting::Target target{folder / "a.ji", open_folder(disk, folder.path())};
  target.read_back = read_back;
  bool refused = false;
  try {
    rewriting::prepare(image, plan, target, transaction);
  } catch (const Error& error) {
    CHECK(error.kind() != ErrorKind::io);
    refused = true;
  }
  CHECK(disk.spoiled > 0);
  return refused;
}

}  // namespace

TEST_CASE("a byte that the disk keeps otherwise is found, in the image and in its library") {
  for (const char* family : {"1.10.8-plain", "1.10.8-split"}) {
    INFO(family);
    const ImagePair whole = open_image(image_of_corpus(family).string()),
                    streamed = open_image(image_of_corpus(family).string(), 0);
    for (const ImagePair* image : {&whole, &streamed}) {
      CHECK(is_refused(*image, true, ""));
      if (image->library)
        CHECK(is_refused(*image, true, image->library->read_string(image->library->size() - 64, 64)));
    }
    CHECK_FALSE(is_refused(whole, false, ""));
    CHECK(is_refused(streamed, false, ""));
  }
}

}  // namespace read_back
