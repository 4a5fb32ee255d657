// Which of several inputs that go to one place is written there.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bytes/place.hpp"
#include "jireloc/batch_rewrite.hpp"
#include "support/corpus.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

namespace fs = std::filesystem;

fs::path image_of(const std::string& package) {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(JIRELOC_CORPUS) / "1.8.2-plain"))
    if (entry.path().parent_path().filename() == package && entry.path().extension() == ".ji")
      return entry.path();
  throw std::runtime_error("no image of " + package + " in the corpus");
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

BatchOptions elsewhere(const std::string& output) {
  BatchOptions options;
  options.rewrite.map.add({"/home/pkgeval/.julia", "/usr/share/julia"});
  options.output_folder = output;
  return options;
}

std::shared_ptr<RewriteOutcome> rewrite_to_x(BatchRewriter& rewriter, const fs::path& file, uint64_t number) {
  return rewriter.rewrite({nullptr, place_of_file(file), nullptr, {}}, file, "x.ji", number);
}

std::string rewritten(const fs::path& file) {
  const test::TempFolder folder;
  const test::EmptyView nothing_there;
  BatchRewriter rewriter(elsewhere(folder / "out"), nothing_there);
  rewrite_to_x(rewriter, file, 0);
  rewriter.finish();
  return content_of(folder / "out/x.ji");
}

}  // namespace

TEST_CASE("of inputs that go to one place the first has it, in whatever order threads come to them") {
  const fs::path first = image_of("Leaf"), second = image_of("Mid"), third = image_of("Top");
  const bool dry_run = GENERATE(false, true);
  const bool first_is_taken_up = GENERATE(true, false);
  const test::TempFolder folder;
  BatchOptions options = elsewhere(folder / "out");
  options.dry_run = dry_run;
  const test::EmptyView nothing_there;
  BatchRewriter rewriter(options, nothing_there);
  for (uint64_t number : {0, 1, 2}) rewriter.announce("x.ji", number);
  const auto last = rewrite_to_x(rewriter, third, 2);
  const auto middle = rewrite_to_x(rewriter, second, 1);
  const auto winner = first_is_taken_up ? rewrite_to_x(rewriter, first, 0) : middle;
  rewriter.finish();
  for (const auto& outcome : {last, middle, winner}) {
    INFO(outcome->path);
    CHECK(outcome->settled);
    if (outcome == winner) {
      CHECK(outcome->status == RewriteStatus::rewritten);
    } else {
      CHECK(outcome->status == RewriteStatus::failed);
      REQUIRE(outcome->reasons.size() == 1);
      CHECK(outcome->reasons[0].code == Code::conflict);
    }
  }
  if (!dry_run) CHECK(content_of(folder / "out/x.ji") == rewritten(first_is_taken_up ? first : second));
}

TEST_CASE("of inputs for one place that nobody announced the first to come has it") {
  const test::TempFolder folder;
  const test::EmptyView nothing_there;
  BatchRewriter rewriter(elsewhere(folder / "out"), nothing_there);
  const auto winner = rewrite_to_x(rewriter, image_of("Mid"), 0);
  const auto other = rewrite_to_x(rewriter, image_of("Leaf"), 0);
  rewriter.finish();
  CHECK(winner->status == RewriteStatus::rewritten);
  CHECK(other->status == RewriteStatus::failed);
  CHECK(content_of(folder / "out/x.ji") == rewritten(image_of("Mid")));
}
