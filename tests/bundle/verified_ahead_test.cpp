// unpack --verify-with, where other threads read ahead: they read what the tool was shown, or it is refused.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "bundle/frames.hpp"
#include "bundle/tar.hpp"
#include "cli/verify_with.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/error.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc {
namespace {

std::string entry(const BundleFile& file, const std::string& content) {
  return bundles::tar_header(file) + content + std::string(bundles::padding_of(content.size()), '\0');
}

// The same files, and the first of them in the same bytes, longer than what is read at once; the last is
// compressed by that level.
std::string bundle_of_level(int level) {
  BundleManifest manifest = test::made::sound_manifest();
  std::string noise(size_t{1} << 20, '\0'), source = "module A\n";
  uint64_t seed = 1;
  for (char& byte : noise) byte = static_cast<char>((seed = seed * 6364136223846793005U + 1) >> 56);
  for (int i = 0; i < 10'000; ++i) source += "f(x) = " + std::to_string(i * i % 1000) + "x\n";
  manifest.files[1] = test::made::file(manifest.files[1].path, noise);
  manifest.files[3] = test::made::file(manifest.files[3].path, source);
  const std::string text = bundle_manifest_text(manifest);
  std::string out;
  bundles::FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
  frames.write(entry(bundles::manifest_entry(text.size()), text));
  frames.write(entry(manifest.files[0], "") + entry(manifest.files[1], noise));
  frames.cut();
  bundles::FrameCompressor last(level);
  frames.put(last.pack(entry(manifest.files[2], "") + entry(manifest.files[3], source) +
                       entry(manifest.files[4], "") + bundles::tar_end()));
  frames.finish();
  return out;
}

struct Watched {
  std::mutex mutex;
  std::string bytes;  // that were read
  std::set<std::thread::id> readers;
};

// `meanwhile`: after the first bytes were read.
BundleSource watched(const BundleSource& source, Watched& seen, const std::function<void()>& meanwhile) {
  BundleSource through = source;
  through.read = [read = source.read, &seen, meanwhile](char* to, size_t most) {
    const size_t some = read(to, most);
    const std::lock_guard lock(seen.mutex);
    if (seen.bytes.empty()) meanwhile();
    seen.bytes.append(to, some);
    seen.readers.insert(std::this_thread::get_id());
    return some;
  };
  return through;
}

VerifiedBundle unpacked(const BundleSource& source, const std::string& target, int jobs) {
  UnpackOptions options;
  options.relocate.to = target;
  options.relocate.jobs = jobs;
  return unpack_bundle(source, options, [](const DepotItem&) {});
}

}  // namespace

TEST_CASE("what a tool has vouched for is read ahead, from its start and as the tool was shown it") {
  const test::TempFolder folder;
  const std::string path = folder / "b.jlb.tar.zst", bundle = bundle_of_level(1);
  test::write_file(path, bundle);
  const int jobs = GENERATE(1, 2, 4);
  Watched seen;
  const BundleSource source = cli::bundle_verified_with("dd of={}.shown status=none", path);
  const VerifiedBundle whole = unpacked(watched(source, seen, [] {}), folder / "s", jobs);
  CHECK((test::read_file(path + ".shown") == bundle));
  CHECK((seen.bytes == bundle));
  CHECK(whole.sha256 == bundle_sha256(bundle_file(path)));
  seen.readers.erase(std::this_thread::get_id());
  CHECK(seen.readers.empty() == (jobs == 1));
}

TEST_CASE("what changes while it is read ahead is not what a tool has vouched for, sound as it may be") {
  const test::TempFolder folder;
  const std::string path = folder / "b.jlb.tar.zst", good = bundle_of_level(1), other = bundle_of_level(19);
  const auto differs = std::mismatch(good.begin(), good.end(), other.begin(), other.end());
  REQUIRE(differs.first - good.begin() > (1 << 20));
  REQUIRE(differs.first != good.end());
  const int jobs = GENERATE(1, 2, 4);
  for (const std::string* later : {&good, &other}) {
    CAPTURE(jobs, later == &other);
    test::write_file(path, good);
    Watched seen;
    const BundleSource source =
        watched(cli::bundle_verified_with("true", path), seen, [&] { test::write_file(path, *later); });
    const std::string target = folder / (later == &other ? "changed" : "same");
    if (later == &good) {
      CHECK_NOTHROW(unpacked(source, target, jobs));
    } else {
      try {
        unpacked(source, target, jobs);
        FAIL_CHECK("it was taken");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::conflict);
      }
      CHECK(folder.names("changed") == std::vector<std::string>{".jireloc-lock"});
    }
    CHECK((seen.bytes == *later));
    CHECK_NOTHROW(verify_bundle(bundle_file(path)));
  }
}

}  // namespace jireloc
