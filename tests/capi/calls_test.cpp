// The calls of jireloc.h, on real images.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "jireloc.h"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

namespace {

using jireloc::test::TempFolder;
using nlohmann::json;

struct Free {
  void operator()(jireloc_result* result) const { jireloc_result_free(result); }
  void operator()(jireloc_options* options) const { jireloc_options_free(options); }
  void operator()(jireloc_cancel* cancel) const { jireloc_cancel_free(cancel); }
  void operator()(jireloc_image* image) const { jireloc_image_free(image); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Free>;
using Result = Owned<jireloc_result>;

const std::string images = JIRELOC_CORPUS "/1.10.8-plain/images/compiled/v1.10";
const std::string leaf = images + "/Leaf/D4iCS_hBfc2.ji";

std::vector<json> items(const Result& result) {
  std::vector<json> found;
  const std::string text = jireloc_result_json(result.get());
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    found.push_back(json::parse(text.substr(at, end - at)));
    at = end + 1;
  }
  return found;
}

Result on(jireloc_result* (*call)(const char* const*, size_t, const jireloc_options*),
          const std::string& path, const jireloc_options* options = nullptr) {
  const char* const paths[] = {path.c_str()};
  return Result(call(paths, 1, options));
}

// Copies of the images that may be rewritten, and the options for it.
struct Work {
  Work() : options(jireloc_options_new()) {
    for (const char* name : {"Leaf/D4iCS_hBfc2.ji"})
      jireloc::test::write_file(folder / name, jireloc::test::read_file(images + "/" + name));
    REQUIRE(jireloc_options_map(options.get(), "/home/pkgeval/.julia", "/srv/julia") == JIRELOC_WELL);
  }
  TempFolder folder;
  Owned<jireloc_options> options;
};

}  // namespace

TEST_CASE("An image says what its header holds", "[capi]") {
  jireloc_result* problem = nullptr;
  const Owned<jireloc_image> image(jireloc_image_open(leaf.c_str(), &problem));
  REQUIRE(image);
  CHECK(problem == nullptr);
  const json header = json::parse(jireloc_image_header(image.get()));
  CHECK(header["schema"] == "jireloc/inspect/2");
  CHECK(header["path"] == leaf);
  CHECK(header["julia"] == "1.10.8");
  const Result checked(jireloc_image_check(image.get(), nullptr));
  CHECK(jireloc_result_status(checked.get()) == JIRELOC_FINDINGS);
  REQUIRE(items(checked).size() == 1);
  CHECK(items(checked)[0]["schema"] == "jireloc/check/2");
  CHECK(items(checked)[0]["verdict"] == "stale");
}

TEST_CASE("What cannot be opened as an image is told by code, sentence and file", "[capi]") {
  TempFolder folder;
  jireloc::test::write_file(folder / "x.ji", "no image");
  for (const auto& [path, code] :
       {std::pair(folder / "x.ji", "not-a-cache-file"), std::pair(folder / "y.ji", "io")}) {
    jireloc_result* told = nullptr;
    CHECK(jireloc_image_open(path.c_str(), &told) == nullptr);
    const Result problem(told);
    CHECK(jireloc_result_status(told) == JIRELOC_FAILED);
    CHECK(std::string(jireloc_result_error_code(told)) == code);
    CHECK(std::string(jireloc_result_error_file(told)) == path);
    CHECK(std::string(jireloc_result_error_text(told)) != "");
  }
}

TEST_CASE("A plan writes nothing, and says what rewriting then does", "[capi]") {
  Work work;
  const std::string file = work.folder / "Leaf/D4iCS_hBfc2.ji", before = jireloc::test::read_file(file);
  // Its sources are nowhere here: no finding, where times are kept.
  const auto plan = items(on(jireloc_plan, file, work.options.get()));
  REQUIRE(plan.size() == 1);
  CHECK(plan[0]["status"] == "rewritten");
  CHECK(jireloc::test::read_file(file) == before);
  const auto done = items(on(jireloc_rewrite, file, work.options.get()));
  REQUIRE(done.size() == 1);
  CHECK(done[0]["status"] == "rewritten");
  CHECK(jireloc::test::read_file(file) != before);
  CHECK(jireloc::test::read_file(file).find("/srv/julia") != std::string::npos);
}

TEST_CASE("Progress is told in the caller's thread, and at the end all is done", "[capi]") {
  struct Seen {
    std::thread::id thread = std::this_thread::get_id();
    jireloc_progress last{};
    std::string things;
    int calls = 0;
    bool elsewhere = false;
  } seen;
  const Owned<jireloc_options> options(jireloc_options_new());
  jireloc_options_on_progress(
      options.get(),
      [](const jireloc_progress* progress, void* user) {
        Seen& noted = *static_cast<Seen*>(user);
        noted.last = *progress;
        noted.things = progress->things;
        ++noted.calls;
        noted.elsewhere = noted.elsewhere || noted.thread != std::this_thread::get_id();
        return 0;
      },
      &seen);
  const Result result = on(jireloc_inspect, images, options.get());
  CHECK(jireloc_result_status(result.get()) == JIRELOC_WELL);
  CHECK(seen.calls >= 1);
  CHECK_FALSE(seen.elsewhere);
  CHECK(seen.things == "images");
  CHECK(seen.last.size == sizeof seen.last);
  CHECK(seen.last.done == items(result).size());
  CHECK(seen.last.done > 3);
}

TEST_CASE("A call that is cancelled beforehand does nothing, and does it all without", "[capi]") {
  Work work;
  const std::string file = work.folder / "Leaf/D4iCS_hBfc2.ji", before = jireloc::test::read_file(file);
  const Owned<jireloc_cancel> cancel(jireloc_cancel_new());
  CHECK(jireloc_cancel_requested(cancel.get()) == 0);
  jireloc_cancel_request(cancel.get());
  CHECK(jireloc_cancel_requested(cancel.get()) == 1);
  jireloc_options_cancel_with(work.options.get(), cancel.get());
  const Result cancelled = on(jireloc_rewrite, work.folder.path(), work.options.get());
  CHECK(jireloc_result_status(cancelled.get()) == JIRELOC_CANCELLED);
  CHECK(std::string(jireloc_result_error_code(cancelled.get())) == "interrupted");
  CHECK(jireloc::test::read_file(file) == before);
  CHECK(work.folder.names("Leaf") == std::vector<std::string>{"D4iCS_hBfc2.ji"});
  jireloc_options_cancel_with(work.options.get(), nullptr);
  const auto done = items(on(jireloc_rewrite, work.folder.path(), work.options.get()));
  REQUIRE(done.size() == 1);
  CHECK(done[0]["status"] == "rewritten");
}

TEST_CASE("Many calls at the same time give what each gives alone", "[capi]") {
  const std::string alone = jireloc_result_json(on(jireloc_inspect, images).get());
  std::vector<std::string> told(4);
  std::vector<std::thread> threads;
  for (std::string& text : told)
    threads.emplace_back([&text] { text = jireloc_result_json(on(jireloc_inspect, images).get()); });
  for (std::thread& thread : threads) thread.join();
  CHECK(std::all_of(told.begin(), told.end(), [&](const std::string& text) { return text == alone; }));
}
