// Files that are too large to be read whole are streamed: with the same result, byte for byte.
#include <catch2/catch.hpp>

#include "bytes/transaction.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/planned_source.hpp"
#include "support/corpus.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;

namespace {

struct Result {
  std::string ji, library, planned;
};

// Relocates an image to another folder, reading files of more than `largest_in_memory` bytes as a stream.
Result relocate(const test::CorpusImage& from, uint64_t largest_in_memory, const std::string& place) {
  const ImagePair image = open_image(from.ji.string(), largest_in_memory);
  RewriteOptions options;
  options.map.add({"/home/pkgeval/.julia", place});
  ProofCache proofs;
  const RewritePlan plan = plan_rewrite(image, options, test::EmptyView(), proofs);
  REQUIRE(plan.status == RewriteStatus::rewritten);
  const test::TempFolder folder(test::TempFolder::Where::memory);
  Transaction transaction;
  rewriting::prepare(image, plan, {folder / "a.ji", open_folder(real_file_system(), folder.path())},
                     transaction);
  transaction.commit(Durability::none);
  Result result;
  result.ji = test::read_file(folder / "a.ji");
  if (image.library) result.library = test::read_file(folder / "a.so");
  const auto planned = rewriting::planned_source(image, plan, "planned");
  result.planned = planned->read_string(0, planned->size());
  CHECK_THROWS_AS(planned->read_string(planned->size(), 1), Error);
  return result;
}

}  // namespace

TEST_CASE("streamed and read whole, an image comes out the same, and as it was planned") {
  size_t tried = 0;
  for (const test::CorpusImage& image : test::corpus_images()) {
    const std::string name = image.ji.string();
    if (image.tracked_by_path() || image.is_compressed() || name.find("/Prefs/") != std::string::npos ||
        (image.folder.ends_with("-split") && name.find("/Big/") != std::string::npos))
      continue;
    // One place of the old length, where nothing moves, and a shorter one.
    for (const char* place : {"/home/pkgeval/.JULIA", "/usr/share/julia"}) {
      INFO(name << " to " << place);
      const Result whole = relocate(image, UINT64_MAX, place), streamed = relocate(image, 0, place);
      CHECK(whole.ji == streamed.ji);
      CHECK(whole.library == streamed.library);
      CHECK(whole.planned == whole.ji);
      CHECK(streamed.planned == whole.ji);
      ++tried;
    }
  }
  CHECK(tried > 100);
}
