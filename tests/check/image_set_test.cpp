#include <catch2/catch.hpp>

#include "check/image_graph.hpp"
#include "jireloc/check.hpp"
#include "support/layouts.hpp"

using namespace jireloc;

namespace {

const Uuid a{1, 1}, b{2, 2}, c{3, 3};
const RequiredModule core{"Core", {}, 0, 7};

// An image of Julia 1.8 with 64-bit build ids.
CacheFile image(const std::string& name, Uuid uuid, uint64_t build, std::vector<RequiredModule> required,
                const std::string& version = "1.8.5") {
  CacheFile file;
  file.layout = &test::layout_named("V11b");
  file.prefix.version = version;
  file.worklist = {{name, uuid, build}};
  file.required_modules = std::move(required);
  return file;
}

struct Chain {
  ImageSet set;
  std::vector<ImageReport> reports;

  void add(const CacheFile& file, Verdict verdict = Verdict::fresh) {
    set.add("/d/compiled/v1.8/" + file.worklist[0].name + "/AAAAA_B.ji", file);
    ImageReport report;
    report.verdict = verdict;
    report.module = {file.worklist[0].name, file.worklist[0].uuid};
    if (verdict != Verdict::fresh)
      report.reasons.push_back({Code::bad_file_checksum, "its checksum does not hold"});
    reports.push_back(std::move(report));
  }
  void close() {
    std::vector<ImageReport*> pointers;
    for (ImageReport& report : reports) pointers.push_back(&report);
    set.close(pointers);
  }
};

}  // namespace

TEST_CASE("an image loads only if images of all that it requires load, however long the chain") {
  Chain chain;
  chain.add(image("C", c, 30, {core, {"B", b, 0, 20}}));
  chain.add(image("B", b, 20, {core, {"A", a, 0, 10}}));
  chain.add(image("A", a, 10, {core}), Verdict::stale);
  chain.close();
  CHECK_FALSE(chain.reports[0].loads);
  CHECK_FALSE(chain.reports[1].loads);
  CHECK(chain.reports[0].load_problems[0].code == Code::dependency_stale);
  CHECK(chain.reports[0].root_causes == std::vector<std::string>{"A: its checksum does not hold"});
}

TEST_CASE("one good image of a required module is enough") {
  Chain chain;
  chain.add(image("A", a, 10, {core}), Verdict::stale);
  chain.add(image("A", a, 10, {core}));
  chain.add(image("B", b, 20, {core, {"A", a, 0, 10}}));
  chain.close();
  CHECK(chain.reports[2].loads);
}

TEST_CASE("an image with another build id does not serve") {
  Chain chain;
  chain.add(image("A", a, 11, {core}));
  chain.add(image("B", b, 20, {core, {"A", a, 0, 10}}));
  chain.close();
  CHECK(chain.reports[0].loads);
  CHECK_FALSE(chain.reports[1].loads);
  CHECK(chain.reports[1].load_problems[0].code == Code::dependency_wrong_build);
  CHECK(chain.reports[1].load_problems[0].message.find("000000000000000a") != std::string::npos);
}

TEST_CASE("images that require each other do not send the search round in circles") {
  Chain chain;
  chain.add(image("A", a, 10, {core, {"B", b, 0, 20}}));
  chain.add(image("B", b, 20, {core, {"A", a, 0, 10}}));
  chain.close();
  CHECK(chain.set.reachable({0}) == std::vector<size_t>{0, 1});
}

TEST_CASE(
    "modules without a UUID, standard libraries and what all images of a build list belong to the system") {
  const RequiredModule sha{"SHA", {9, 9}, 0, 8}, extra{"InTheImage", {8, 8}, 0, 9},
      missing{"Missing", {7, 7}, 0, 1};
  ImageSet set;
  set.add("/d/compiled/v1.8/A/AAAAA_B.ji", image("A", a, 10, {core, sha, extra}));
  set.add("/d/compiled/v1.8/B/AAAAA_B.ji", image("B", b, 20, {core, sha, extra, missing, {"A", a, 0, 10}}));
  CHECK(set.system_modules() == std::set<ModuleId>{{"Core", {}}, {"SHA", {9, 9}}, {"InTheImage", {8, 8}}});
}

TEST_CASE("what a single image requires is not taken for the system's") {
  ImageSet set;
  set.add("/d/compiled/v1.8/B/AAAAA_B.ji", image("B", b, 20, {core, {"A", a, 0, 10}}));
  CHECK(set.system_modules() == std::set<ModuleId>{{"Core", {}}});
}

TEST_CASE("from 1.9 on the build id itself says what belongs to the system") {
  CacheFile file =
      image("B", b, 20, {{"Odd", {5, 5}, 0xfdfcfbfa00000001, 3}, {"A", a, 0xfafbfcfd00000002, 10}});
  file.layout = &test::layout_named("V12a");
  ImageSet set;
  set.add("/d/compiled/v1.10/B/AAAAA_B.ji", file);
  set.add("/d/compiled/v1.10/C/AAAAA_B.ji", file);
  CHECK(set.system_modules() == std::set<ModuleId>{{"Odd", {5, 5}}});
}

TEST_CASE("a twin says of other images what the image says that it was made of") {
  const CacheFile one = image("A", a, 10, {core, {"C", c, 0, 30}}), needed = image("C", c, 30, {core});
  ImageSet read, told;
  for (ImageSet* set : {&read, &told}) {
    set->set_bundled("/bundled");
    set->add("/d/compiled/v1.8/A/AAAAA_B.ji", one);
    set->add("/d/compiled/v1.8/C/AAAAA_B.ji", needed);
  }
  for (const char* path : {"/bundled/compiled/v1.8/A/AAAAA_C.ji", "/t/compiled/v1.9/A/AAAAA_B.ji"}) {
    CHECK(read.add(path, one) == told.add_twin(path, 0));
    CHECK(told.are_twins(0, told.graph().size() - 1));
    CHECK(read.usual_prefix("v1.9").has_value() == told.usual_prefix("v1.9").has_value());
  }
  CHECK(read.system_modules() == told.system_modules());
  CHECK(read.is_assumed(3, core) == told.is_assumed(3, core));
  for (size_t image = 0; image < 4; ++image) {
    CHECK(read.graph()[image] == told.graph()[image]);
    CHECK(read.reachable({image}) == told.reachable({image}));
    for (const uint32_t module : read.graph()[image].provides)
      CHECK(read.graph().providers(module) == told.graph().providers(module));
  }
}

TEST_CASE("an image of which the numbers are known is the one that was read") {
  const CacheFile one = image("A", a, 10, {core, {"C", c, 0, 30}});
  ImageSet set;
  const uint32_t prefix = set.number_of(one.prefix);
  std::vector<uint32_t> provides, needs;
  for (const RequiredModule& module : provided_by(one)) provides.push_back(set.number_of(module));
  for (const RequiredModule& module : one.required_modules) needs.push_back(set.number_of(module));
  const size_t known = set.add("/d/compiled/v1.8/A/AAAAA_B.ji", prefix, provides, needs);
  const size_t read = set.add("/t/compiled/v1.8/A/AAAAA_B.ji", one);
  CHECK(set.are_twins(known, read));
  CHECK(set.graph().providers(provides.at(0)) == std::vector<uint32_t>{0, 1});
}

TEST_CASE("images are twins only where builds, needs and Julia are the same") {
  const CacheFile one = image("A", a, 10, {core, {"B", b, 0, 20}});
  const std::vector<CacheFile> others = {
      image("A", a, 11, {core, {"B", b, 0, 20}}), image("A", a, 10, {core, {"B", b, 0, 21}}),
      image("A", a, 10, {core}), image("A", a, 10, {core, {"B", b, 0, 20}}, "1.8.4")};
  ImageSet set;
  set.add("/d/compiled/v1.8/A/AAAAA_B.ji", one);
  for (const CacheFile& other : others) {
    const size_t number = set.add("/t/compiled/v1.8/A/AAAAA_B.ji", other);
    CHECK_FALSE(set.are_twins(0, number));
  }
  set.add_malformed("/t/compiled/v1.8/A/AAAAA_C.ji");
  CHECK_FALSE(set.are_twins(0, others.size() + 1));
}

TEST_CASE("the usual Julia of a folder is the one that made most of its images") {
  ImageSet set;
  set.add("/d/compiled/v1.8/A/AAAAA_B.ji", image("A", a, 1, {}, "1.8.4"));
  set.add("/d/compiled/v1.8/B/AAAAA_B.ji", image("B", b, 2, {}, "1.8.5"));
  set.add("/e/compiled/v1.8/C/AAAAA_B.ji", image("C", c, 3, {}, "1.8.5"));
  set.add("/d/compiled/v1.10/C/AAAAA_B.ji", image("C", c, 3, {}, "1.10.8"));
  CHECK(set.usual_prefix("v1.8")->version == "1.8.5");
  CHECK(set.usual_prefix("v1.10")->version == "1.10.8");
  CHECK_FALSE(set.usual_prefix("v1.9"));
}

TEST_CASE("only images that others need are reached") {
  ImageSet set;
  set.add("/d/compiled/v1.8/A/AAAAA_B.ji", image("A", a, 10, {core}));
  set.add("/d/compiled/v1.8/A/AAAAA_C.ji", image("A", a, 11, {core}));
  set.add("/d/compiled/v1.8/B/AAAAA_B.ji", image("B", b, 20, {core, {"A", a, 0, 10}}));
  set.add("/d/compiled/v1.8/C/AAAAA_B.ji", image("C", c, 30, {core}));
  CHECK(set.reachable({2}) == std::vector<size_t>{0, 1, 2});
  CHECK(set.reachable({3}) == std::vector<size_t>{3});
}

TEST_CASE("a module that an image names twenty thousand times is one module") {
  constexpr size_t kTimes = 20'000;
  Chain chain;
  for (int k = 0; k < 10; ++k) {
    CacheFile file = image("A", a, 10, std::vector<RequiredModule>(kTimes, {"B", b, 0, 20}));
    file.worklist = std::vector<WorklistModule>(kTimes, file.worklist[0]);
    chain.add(file);
  }
  chain.add(image("C", c, 30, {}));  // what all images ask for would be taken for a part of Julia
  CHECK(chain.set.reachable({0}) == std::vector<size_t>{0});
  chain.close();
  REQUIRE(chain.reports[0].load_problems.size() == 1);
  CHECK(chain.reports[0].load_problems[0].code == Code::dependency_missing);
}

TEST_CASE("an image is judged behind all images of a module that it needs, whoever asked for them before") {
  // X is reached through D first, while A, that asks for both, still waits for the other image of D's module.
  const Uuid d{4, 4}, x{5, 5};
  Chain chain;
  chain.add(image("A", a, 10, {core, {"D", d, 0, 40}}));
  chain.add(image("D", d, 40, {core}), Verdict::stale);
  chain.add(image("D", d, 40, {core, {"X", x, 0, 50}}));
  chain.add(image("X", x, 50, {core}));
  chain.close();
  for (const size_t number : {size_t{0}, size_t{2}, size_t{3}}) CHECK(chain.reports[number].loads);
  CHECK_FALSE(chain.reports[1].loads);
}

TEST_CASE("thousands of causes are not repeated in every dependent") {
  Chain chain;
  std::vector<RequiredModule> missing;
  for (uint64_t k = 0; k < 5'000; ++k) missing.push_back({"N" + std::to_string(k), {7, k}, 0, k});
  chain.add(image("A", a, 10, missing));
  chain.add(image("B", b, 20, {{"A", a, 0, 10}}));
  chain.close();
  CHECK(chain.reports[0].load_problems.size() == 5'000);
  CHECK(chain.reports[0].root_causes.size() == 100);
  CHECK(chain.reports[1].root_causes.size() == 100);
}

TEST_CASE("what could not be read hides the images of its package, whatever folder or name tells it") {
  ImageSet set;
  CHECK(set.unreadable_for("A") == nullptr);
  set.add_unreadable("/d/compiled/v1.8/A/AAAAA_B.ji");
  set.add_unreadable("/d/compiled/v1.2/B.ji.zst");
  set.add_unreadable("/d/compiled/v1.8/A/AAAAA_C.ji");
  REQUIRE(set.unreadable_for("A") != nullptr);
  CHECK(*set.unreadable_for("A") == "/d/compiled/v1.8/A/AAAAA_B.ji");
  REQUIRE(set.unreadable_for("B") != nullptr);
  CHECK(*set.unreadable_for("B") == "/d/compiled/v1.2/B.ji.zst");
  CHECK(set.unreadable_for("C") == nullptr);
  set.add_unreadable("/d/compiled/v1.8/C");
  set.add_unreadable("/d/compiled/v1.8/D");
  CHECK(*set.unreadable_for("A") == "/d/compiled/v1.8/A/AAAAA_B.ji");
  REQUIRE(set.unreadable_for("E") != nullptr);
  CHECK(*set.unreadable_for("E") == "/d/compiled/v1.8/C");
}

TEST_CASE("where the images of a module need each other, each is judged by those that are settled") {
  // Three images of one module that all need it, and one that needs them: whatever their order.
  const auto verdicts = [](std::vector<Verdict> of_module) {
    Chain chain;
    for (const Verdict verdict : of_module) chain.add(image("A", a, 10, {core, {"A", a, 0, 10}}), verdict);
    chain.add(image("B", b, 20, {core, {"A", a, 0, 10}}));
    chain.close();
    std::string text;
    for (const ImageReport& report : chain.reports)
      text += report.loads                   ? 'l'
              : report.load_problems.empty() ? '-'
                                             : name(report.load_problems[0].code)[11];
    return text;
  };
  constexpr Verdict fresh = Verdict::fresh, stale = Verdict::stale, unknown = Verdict::unknown;
  CHECK(verdicts({fresh, fresh, fresh}) == "llll");
  CHECK(verdicts({stale, stale, fresh}) == "--ll");
  CHECK(verdicts({fresh, stale, stale}) == "lssl");
  CHECK(verdicts({stale, unknown, stale}) == "uuuu");
  CHECK(verdicts({stale, stale, stale}) == "ssss");
  CHECK(verdicts({unknown, stale, fresh}) == "--ll");
}
