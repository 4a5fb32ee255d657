// What others may do with a temporary file while it is being written: never more than with the file it
// becomes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/place.hpp"
#include "bytes/temporaries.hpp"
#include "jireloc/batch_rewrite.hpp"
#include "support/corpus.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

namespace fs = std::filesystem;

// Looks at the modes of all temporary files of a folder after each call.
class WatchedModes final : public test::ForwardingFileSystem {
 public:
  explicit WatchedModes(std::string folder)
      : ForwardingFileSystem(real_file_system()), folder_(std::move(folder)) {}
  mode_t most = 0;    // bits that any of them ever had
  int looked_at = 0;  // how often there was one

 private:
  ssize_t around(test::Call call, size_t* size, const std::function<ssize_t()>& forward) override {
    const ssize_t result = ForwardingFileSystem::around(call, size, forward);
    for (const auto& entry : fs::directory_iterator(folder_)) {
      struct stat info {};
      if (!is_temporary_name(entry.path().filename().string())) continue;
      // After an exchange of names it is the old file, which is as it was.
      if (call == test::Call::rename || ::lstat(entry.path().c_str(), &info) != 0) continue;
      most |= info.st_mode & 07777;
      ++looked_at;
    }
    return result;
  }
  std::string folder_;
};

fs::path image_of_corpus() {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(JIRELOC_CORPUS) / "1.10.8-split"))
    if (entry.path().parent_path().filename() == "Leaf" && entry.path().extension() == ".ji")
      return entry.path();
  throw std::runtime_error("no image of Leaf in the corpus");
}

}  // namespace

TEST_CASE("a temporary file never has a permission that the file it replaces had not") {
  const mode_t mode = GENERATE(0600, 0640, 0400, 0644);
  const test::TempFolder folder;
  const fs::path image = image_of_corpus();
  for (const char* suffix : {".ji", ".so"}) {
    fs::copy_file(fs::path(image).replace_extension(suffix), folder / ("a" + std::string(suffix)));
    REQUIRE(::chmod((folder / ("a" + std::string(suffix))).c_str(), mode) == 0);
  }
  BatchOptions options;
  options.rewrite.map.add({"/home/pkgeval/.julia", "/usr/share/julia"});
  const test::EmptyView nothing_there;
  WatchedModes system(folder.path());
  const mode_t umask = ::umask(0);
  BatchRewriter rewriter(options, nothing_there, system);
  const auto outcome =
      rewriter.rewrite({nullptr, place_of_file(folder / "a.ji", system), nullptr, {}}, folder / "a.ji");
  rewriter.finish();
  ::umask(umask);
  REQUIRE(outcome->status == RewriteStatus::rewritten);
  CHECK(system.looked_at > 10);
  CHECK((system.most & ~mode) == 0);
  struct stat info {};
  REQUIRE(::stat((folder / "a.ji").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == mode);
}
