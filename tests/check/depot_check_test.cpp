// A whole depot at once, and the order in which Julia would try what is in it.
#include "jireloc/depot_check.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "check/situations.hpp"
#include "jireloc/candidates.hpp"
#include "jireloc/mount_view.hpp"

using namespace jireloc;
using test::Depot;

namespace {

std::vector<ImageReport> judged(const Depot& depot) {
  const RootView view(depot.root());
  CheckContext context;
  context.view = &view;
  context.julia_is_elsewhere = true;
  std::vector<ImageReport> reports;
  check_depot(Depot::u, context, [&](const ImageReport& report) { reports.push_back(report); });
  return reports;
}

}  // namespace

TEST_CASE(
    "each image of a depot is judged, and whether it loads with the others, in the order of their paths") {
  const Depot depot("1.10.8-plain");
  const std::vector<ImageReport> reports = judged(depot);
  REQUIRE(reports.size() == 6);
  for (size_t i = 0; i < reports.size(); ++i) {
    INFO(reports[i].path);
    CHECK(reports[i].verdict == Verdict::fresh);
    CHECK(reports[i].loads);
    if (i != 0) CHECK(reports[i - 1].path < reports[i].path);
  }
}

TEST_CASE("what needs a damaged image of a depot does not load") {
  Depot depot("1.10.8-plain");
  REQUIRE(test::put_into(depot, "trailer-flipped"));
  uint64_t waiting = 0;
  for (const ImageReport& report : judged(depot)) {
    if (report.module.name == "Leaf") CHECK(report.reasons.at(0).code == Code::bad_file_checksum);
    for (const Reason& problem : report.load_problems) waiting += problem.code == Code::dependency_stale;
  }
  CHECK(waiting > 0);
}

TEST_CASE("a folder that is no depot is an error, and not an empty list") {
  Depot depot("1.10.8-plain");
  std::filesystem::remove_all(depot.actual(Depot::u) + "/compiled");
  CHECK_THROWS_AS(judged(depot), Error);
}

TEST_CASE("Julia tries images by depot and name up to 1.5, then the newest, from 1.11 on native code first") {
  const CandidateFile first{"/a/x.ji", 0, 10, false}, newer{"/b/w.ji", 1, 20, false},
      native{"/c/v.ji", 2, 5, true};
  const JuliaVersion old{1, 5, 3, ""}, middle{1, 10, 8, ""}, young{1, 11, 0, ""};
  CHECK(is_tried_before(old, first, newer));
  CHECK(is_tried_before(old, newer, native));
  CHECK(is_tried_before(middle, newer, first));
  CHECK(is_tried_before(middle, first, native));
  CHECK(is_tried_before(young, native, newer));
  CHECK(is_tried_before(young, newer, first));
  CHECK_FALSE(is_tried_before(young, first, newer));
}

TEST_CASE("an image passes the rules of its Julia in their order until it falls") {
  const JuliaVersion old{1, 5, 3, ""}, young{1, 12, 0, ""};
  CHECK(rules_until(Code::wrong_source, old) ==
        std::vector<std::string_view>{"header", "package", "required modules", "entry file"});
  CHECK(rules_until(Code::none, young).size() > rules_until(Code::none, old).size());
  CHECK(words_of_julia(Code::missing_sourcefile, young) != words_of_julia(Code::missing_sourcefile, old));
  CHECK(words_of_julia(Code::empty_worklist, young).empty());
}
