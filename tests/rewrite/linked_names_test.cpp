// Which of the names of one file the report of its rewriting stands with.
#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/place.hpp"
#include "jireloc/batch_rewrite.hpp"
#include "support/corpus.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

namespace fs = std::filesystem;

fs::path plain_image() {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(JIRELOC_CORPUS) / "1.8.2-plain"))
    if (entry.path().parent_path().filename() == "Leaf" && entry.path().extension() == ".ji")
      return entry.path();
  throw std::runtime_error("no image of Leaf in the corpus");
}

}  // namespace

TEST_CASE("of names of one file the first input is reported on, in whatever order threads come to them") {
  const bool dry_run = GENERATE(true, false);
  const bool is_broken = GENERATE(false, true);  // a further name lies outside
  const test::TempFolder folder;
  const std::string first = folder / "b.ji", second = folder / "a.ji";
  fs::copy_file(plain_image(), first);
  fs::create_hard_link(first, second);
  if (is_broken) fs::create_hard_link(first, folder / "outside.ji");
  BatchOptions options;
  options.rewrite.map.add({"/home/pkgeval/.julia", "/usr/share/julia"});
  options.dry_run = dry_run;
  const test::EmptyView nothing_there;
  FileSystem& system = real_file_system();
  BatchRewriter rewriter(options, nothing_there);
  const auto rewrite = [&](const std::string& file, uint64_t number) {
    return rewriter.rewrite({nullptr, place_of_file(file, system), nullptr, {}}, file, {}, number);
  };
  const auto again = rewrite(first, 2);
  const auto other = rewrite(second, 1);
  const auto reported = rewrite(first, 0);
  rewriter.finish();
  for (const auto& outcome : {reported, other, again}) {
    INFO(outcome->path);
    CHECK(outcome->settled);
    CHECK(outcome->status == (is_broken ? RewriteStatus::failed : RewriteStatus::rewritten));
    CHECK((outcome->paths_changed != 0) == (outcome == reported && !is_broken));
  }
}
