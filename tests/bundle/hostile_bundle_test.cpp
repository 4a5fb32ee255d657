// Bundles that nobody packed: what a manifest may say, and what may stand behind it.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "bundle/frames.hpp"
#include "bundle/json_text.hpp"
#include "bundle/names.hpp"
#include "bundle/reader.hpp"
#include "bundle/tar.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/error.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::bundles {
namespace {

using namespace test::made;

// By one thread, or by one that reads ahead.
std::pair<Code, std::string> refused_by(const std::string& bundle, int jobs) {
  BundleSource source = source_from(bundle);
  source.is_file = true;
  try {
    BundleReader(source, jobs).read({});
  } catch (const Error& error) {
    CHECK(error.offset().has_value());
    return {error.kind(), error.message()};
  }
  return {Code::none, {}};
}

Code refused(const std::string& bundle) {
  const auto one = refused_by(bundle, 1);
  CHECK(refused_by(bundle, 2) == one);
  CHECK(refused_by(bundle, 3) == one);
  return one.first;
}

std::string refused_manifest(const BundleManifest& manifest) {
  try {
    parse_bundle_manifest(bundle_manifest_text(manifest), "bundle");
  } catch (const Error& error) {
    return error.message();
  }
  return {};
}

BundleManifest with_file(BundleFile wanted) {
  BundleManifest manifest = sound_manifest();
  manifest.files.push_back(std::move(wanted));
  std::sort(manifest.files.begin(), manifest.files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return manifest;
}

}  // namespace

TEST_CASE("a manifest is read as it was written") {
  BundleManifest manifest = sound_manifest();
  manifest.files.push_back(file("packages/A/abcde/src/\xff\"\\\n.jl", "x"));
  manifest.files.push_back(
      file("packages/A/abcde/src/gr\xc3\xb6\xc3\x9f"
           "e.jl",
           "x"));
  std::sort(manifest.files.begin(), manifest.files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  manifest.packages.push_back({"packages/A/abcde", "A", Uuid{1, 2}, "0.1.0", std::string(40, 'a')});
  manifest.julias.push_back(Prefix{});
  manifest.julias[0].version = "1.10.8";
  const BundleManifest again = parse_bundle_manifest(bundle_manifest_text(manifest), "bundle");
  CHECK(again.files == manifest.files);
  CHECK(again.packages == manifest.packages);
  CHECK(again.julias == manifest.julias);
  CHECK(again.depot == manifest.depot);
  CHECK(again.spellings == manifest.spellings);
}

TEST_CASE("a sound bundle is verified, however its bytes come") {
  const VerifiedBundle whole = verify_bundle(source_from(packed(sound_manifest())));
  CHECK(whole.manifest.files == sound_manifest().files);
  CHECK(whole.sha256.size() == 64);
}

TEST_CASE("names that lead out of the depot, or that no depot has, are refused") {
  for (const char* name : {"",
                           "/packages/A/abcde/x",
                           "packages/A/abcde/../x",
                           "packages/../../x",
                           "../x",
                           ".",
                           "..",
                           "packages//A/abcde",
                           "packages/A/abcde/",
                           "packages/A/./x",
                           "packages/A",
                           "packages",
                           "environments/v1.10/Project.toml",
                           "config/startup.jl",
                           "artifacts",
                           "compiled/v1.10",
                           "compiled/v1.10/A/b/c.ji",
                           "compiled/v1.10/A/x.txt",
                           "compiled/.jireloc-alias",
                           "packages/A/abcde/.git/config",
                           "packages/A/abcde/.jireloc-12-34",
                           "logs/x/y",
                           "registries/G/x/y"})
    CHECK_FALSE(refused_name(name).empty());
  CHECK_FALSE(refused_name(std::string("packages/A/abcde/a\0b", 20)).empty());
  CHECK_FALSE(refused_name("packages/A/abcde/" + std::string(256, 'x')).empty());
  std::string deep = "packages/A/abcde";
  for (int i = 0; i < 200; ++i) deep += "/d";
  CHECK_FALSE(refused_name(deep).empty());
  for (const char* name :
       {"packages/A/abcde", "packages/A/abcde/src/A.jl", "artifacts/0123", "artifacts/0123/lib/x.so",
        "compiled/v1.10/A/x_y.ji", "compiled/v1.0/A.ji", "compiled/v1.10/A/x_y.so"})
    CHECK(refused_name(name).empty());
}

TEST_CASE("links lead nowhere but into their own package or artifact") {
  for (const char* text : {"", "/etc/passwd", "..", "../..", "../../../x", "../../../../etc/passwd",
                           "x/../../..", "s/../x", "./../../y", "a/..", "../b/../c"})
    CHECK_FALSE(refused_link("packages/A/abcde/d", text).empty());
  CHECK(refused_link("packages/A/abcde/src/up", "../a.txt").empty());
  CHECK(refused_link("artifacts/0123/lib/x.so", "x.so.1").empty());
  CHECK_FALSE(refused_link("artifacts/0123/lib/x.so", "../../0124/x").empty());
  CHECK_FALSE(refused_link("compiled/v1.10/A/x.ji", "y.ji").empty());
  CHECK_FALSE(refused_link("packages/A/abcde", "x").empty());
}

TEST_CASE("memory for the lists of a manifest goes with its text, however many lists it has") {
  const std::string base = R"({"sha256":")" + std::string(64, 'a') + R"(","files":[]},)";
  std::string text = R"({"schema":"jireloc/bundle/1","depot":"/d","since":[)";
  for (int i = 0; i < 2000; ++i) text += base;
  text.back() = ']';
  text += R"(,"files":[]})";
  const BundleManifest manifest = parse_bundle_manifest(text, "bundle");
  REQUIRE(manifest.since.size() == 2000);
  size_t room = manifest.files.capacity();
  for (const BundleBase& one : manifest.since) room += one.files.capacity();
  CHECK(room * sizeof(BundleFile) <= 2 * text.size());
}

TEST_CASE("files that a manifest may not list are refused with a reason") {
  CHECK(refused_manifest(sound_manifest()).empty());
  CHECK_FALSE(refused_manifest(with_file(file("packages/A/abcde/a.txt", "twice"))).empty());
  CHECK_FALSE(refused_manifest(with_file(file("../x", "x"))).empty());
  CHECK_FALSE(refused_manifest(with_file(link_to("packages/A/abcde/l", "../../../x"))).empty());
  CHECK_FALSE(refused_manifest(with_file(file("packages/B/abcde/x", "in no folder"))).empty());
  CHECK_FALSE(refused_manifest(with_file(file("packages/A/abcde/src/up/x", "below a link"))).empty());
  CHECK_FALSE(refused_manifest(with_file(folder("compiled/v1.10/A/x.ji"))).empty());
  CHECK_FALSE(refused_manifest(with_file(link_to("packages/B/abcde", "../A"))).empty());
  BundleManifest set_id = sound_manifest();
  set_id.files[1].mode = 04755;
  CHECK_FALSE(refused_manifest(set_id).empty());
  BundleManifest backwards = sound_manifest();
  std::swap(backwards.files[1], backwards.files[2]);
  CHECK_FALSE(refused_manifest(backwards).empty());
  for (const char* depot : {"", "home", "/", "/x/"}) {
    BundleManifest manifest = sound_manifest();
    manifest.depot = depot;
    CHECK_FALSE(refused_manifest(manifest).empty());
    manifest = sound_manifest();
    manifest.spellings = {depot};
    CHECK_FALSE(refused_manifest(manifest).empty());
  }
  for (const char* spelling : {"/home/u/.julia", "/home/u", "/home/u/.julia/x", "/data/u/.julia/x"}) {
    BundleManifest manifest = sound_manifest();
    manifest.spellings.push_back(spelling);
    CHECK_FALSE(refused_manifest(manifest).empty());
  }
  BundleManifest phantom = sound_manifest();
  phantom.packages.push_back({"packages/B/abcde", "B", {}, "", ""});
  CHECK_FALSE(refused_manifest(phantom).empty());
}

TEST_CASE("what a bundle rests on is packages, images and artifacts that it has not itself") {
  BundleManifest manifest = sound_manifest();
  BundleBase base;
  base.sha256 = std::string(64, 'a');
  base.builds = {{"compiled/v1.10/B/x_y.ji", {"B", Uuid{3, 4}, 5, 6}}};
  base.artifacts = {"artifacts/0123"};
  base.files = {folder("packages/B/abcde"), file("packages/B/abcde/B.jl", "module B\nend\n")};
  manifest.since = {base};
  CHECK(parse_bundle_manifest(bundle_manifest_text(manifest), "bundle").since == manifest.since);
  const auto refused = [&](const auto& change) {
    manifest.since = {base};
    change(manifest.since[0]);
    return !refused_manifest(manifest).empty();
  };
  CHECK(refused([](BundleBase& one) { one.sha256.clear(); }));
  CHECK(refused([](BundleBase& one) { one.builds[0].path = "compiled/../x.ji"; }));
  CHECK(refused([](BundleBase& one) { one.builds[0].path = "packages/B/abcde/x.ji"; }));
  CHECK(refused([](BundleBase& one) { one.artifacts[0] = "artifacts/0123/lib"; }));
  CHECK(refused([](BundleBase& one) { one.artifacts[0] = "packages/B/abcde"; }));
  CHECK(refused([](BundleBase& one) { one.files[1].path = "packages/B/../B.jl"; }));
  CHECK(refused([](BundleBase& one) { one.files[1] = file("compiled/v1.10/B/x_y.ji", "x"); }));
  CHECK(refused([](BundleBase& one) { std::swap(one.files[0], one.files[1]); }));
  CHECK(refused([](BundleBase& one) { one.files = {folder("packages/A/abcde")}; }));
  manifest.since = {base, base};
  CHECK_FALSE(refused_manifest(manifest).empty());
}

TEST_CASE("what stands behind the manifest is what it says, and nothing else") {
  const BundleManifest manifest = sound_manifest();
  CHECK(refused(packed(manifest)) == Code::none);
  CHECK(refused(packed(manifest, {.contents = {{"packages/A/abcde/a.txt", "HELLO"},
                                               {"packages/A/abcde/src/A.jl", "module A\nend\n"}}})) ==
        Code::bad_checksum);
  CHECK(refused(packed(manifest, {.contents = {{"packages/A/abcde/a.txt", std::string(5000, 'x')}}})) !=
        Code::none);
  CHECK(refused(packed(manifest, {.behind = std::string(512, '\0')})) == Code::bad_value);
  CHECK(refused(packed(manifest, {.behind = "x"})) == Code::bad_value);
  CHECK(refused(packed(with_file(file("packages/A/abcde/b.txt", "not there")))) != Code::none);
  BundleManifest longer = manifest;
  longer.files[1].size = uint64_t{1} << 60;
  CHECK(refused(packed(longer)) != Code::none);
}

TEST_CASE("a manifest of absurd size is refused before it is taken in") {
  std::string out;
  FrameWriter frames([&](std::string_view piece) { out += piece; }, 1);
  SECTION("that is announced") {
    frames.write(tar_header(manifest_entry(uint64_t{1} << 32)));
    frames.finish();
    CHECK(refused(out) == Code::too_large);
  }
  SECTION("that is there: a bomb") {
    constexpr uint64_t kSize = uint64_t{400} << 20;
    frames.write(tar_header(manifest_entry(kSize)));
    const std::string spaces(1 << 20, ' ');
    for (uint64_t size = 0; size < kSize; size += spaces.size()) frames.write(spaces);
    frames.finish();
    CHECK(out.size() < 100'000);
    CHECK(refused(out) == Code::too_large);
  }
}

TEST_CASE("JSON that is none is refused, however deep it goes") {
  for (const std::string text :
       {"", "{", "[]", "{}", "null", "{\"schema\":1}", "{\"schema\":\"jireloc/bundle/2\"}",
        "{\"schema\":\"jireloc/bundle/1\"}x",
        "{\"schema\":\"jireloc/bundle/1\",\"files\":[{\"path\":\"\\ud800\"}]}", "{\"a\":\"\x01\"}",
        "{\"a\":\"\xc0\x80\"}", "{\"files\":[{\"size\":99999999999999999999}]}",
        "{\"files\":[{\"size\":-1}]}", "{\"files\":{}}"})
    CHECK_THROWS_AS(parse_bundle_manifest(text, "bundle"), Error);
  CHECK_THROWS_AS(parse_bundle_manifest("{\"x\":" + std::string(1'000'000, '['), "bundle"), Error);
  CHECK_THROWS_AS(parse_bundle_manifest(std::string(1'000'000, '{'), "bundle"), Error);
}

TEST_CASE("tar headers hold long names, names that are not ASCII, and times before the epoch") {
  BundleFile odd = file("packages/A/abcde/" + std::string(200, 'n') + "\xc3\xa9", "x");
  odd.seconds = -2;
  odd.nanoseconds = 500'000'000;
  const std::string header = tar_header(odd);
  CHECK(header.size() % kBlock == 0);
  CHECK(header.find(" path=packages/A/abcde/n") != std::string::npos);
  CHECK(header.find(" mtime=-1.500000000\n") != std::string::npos);
  const std::string far = "../" + std::string(150, 'l');
  CHECK(tar_header(link_to("packages/A/abcde/src/up", far)).find(" linkpath=" + far) != std::string::npos);
  odd.size = uint64_t{1} << 40;
  CHECK(tar_header(odd).find(" size=1099511627776\n") != std::string::npos);
}

}  // namespace jireloc::bundles
