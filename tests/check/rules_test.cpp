// What the corpus' situations do not show: other versions, options of the session, several depots, planned
// results.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "check/session.hpp"
#include "jireloc/error.hpp"
#include "support/corpus.hpp"
#include "test_places.hpp"

using namespace jireloc;
using test::codes;
using test::Codes;
using test::Depot;
using test::Session;

namespace {

bool accepts_mtime(const std::string& folder, const std::string& version, double file_minus_recorded_ns) {
  Session session(folder);
  session.pretend_version(version);
  struct stat st;
  const std::string shapes = session.depot.actual(session.depot.shapes());
  REQUIRE(::stat(shapes.c_str(), &st) == 0);
  test::set_mtime(shapes, st.st_mtim.tv_sec,
                  st.st_mtim.tv_nsec + static_cast<int64_t>(file_minus_recorded_ns));
  return session.check_changed().verdict == Verdict::fresh;
}

bool accepts_nix_time(const std::string& version) {
  Session session(version < "1.8" ? "1.6.0-DEV-plain" : "1.8.2-plain");
  session.pretend_version(version);
  test::set_mtime(session.depot.actual(session.depot.shapes()), 1, 0);
  return session.check_changed().verdict == Verdict::fresh;
}

}  // namespace

TEST_CASE("a time up to a microsecond earlier is accepted from 1.8.3 on") {
  CHECK_FALSE(accepts_mtime("1.8.2-plain", "1.8.2", -500));
  CHECK(accepts_mtime("1.8.2-plain", "1.8.3", -500));
  CHECK_FALSE(accepts_mtime("1.8.2-plain", "1.8.3", -2000));
  CHECK_FALSE(accepts_mtime("1.8.2-plain", "1.8.3", +500));
}

TEST_CASE("a time rounded up is accepted from 1.8.4 on") {
  Session session("1.8.2-plain");
  REQUIRE(test::put_into(session.depot, "ceil"));
  for (const auto& [version, fresh] :
       {std::pair("1.8.3", false), std::pair("1.8.4", true), std::pair("1.8.5", true)}) {
    session.pretend_version(version);
    CHECK((session.check_changed().verdict == Verdict::fresh) == fresh);
  }
}

TEST_CASE("Nix's time of one second is accepted from 1.6.5 on, but not before 1.7.0 in its own line") {
  CHECK_FALSE(accepts_nix_time("1.6.4"));
  CHECK(accepts_nix_time("1.6.5"));
  CHECK(accepts_nix_time("1.6.7"));
  CHECK_FALSE(accepts_nix_time("1.7.0-rc1"));
  CHECK(accepts_nix_time("1.7.0"));
  CHECK(accepts_nix_time("1.8.0"));
}

TEST_CASE("cache flags are compared as each version does") {
  Session session("1.10.8-split");
  REQUIRE(session.file.flags == 0xa3);
  const auto accepted = [&](uint8_t wanted, const char* version) {
    session.context.expected.cache_flags = wanted;
    session.pretend_version(version);
    const auto found = codes(session.check_changed());
    return std::find(found.begin(), found.end(), "mismatched-flags") == found.end();
  };
  CHECK(accepted(0xa3, "1.10.8"));
  CHECK(accepted(0x63, "1.10.8"));        // the session asks for less optimisation
  CHECK_FALSE(accepted(0xe3, "1.10.8"));  // for more
  CHECK_FALSE(accepted(0xa2, "1.10.8"));  // for no package images
  CHECK_FALSE(accepted(0xab, "1.10.8"));  // for other bounds checks
  CHECK_FALSE(accepted(0xa1, "1.10.8"));  // for less debug information
  session.file.flags = 0x22;
  CHECK(accepted(0xe8, "1.10.8"));  // neither uses package images: nothing else counts
}

TEST_CASE("from 1.11.2 on more debug information than asked for does no harm") {
  Session session("1.12.5-split");
  session.context.expected.cache_flags = 0xa1;
  CHECK(session.check().verdict == Verdict::fresh);
  session.context.expected.cache_flags = 0xa5;
  CHECK(codes(session.check()) == Codes{"mismatched-flags"});
}

TEST_CASE("a split image is of no use to a session without package images") {
  Session session("1.10.8-split");
  session.context.expected.use_pkgimages = false;
  CHECK(codes(session.check()) == Codes{"requires-pkgimages"});
}

TEST_CASE("clone targets that cannot be read are a mismatch") {
  Session session("1.10.8-split");
  session.file.clone_targets.resize(session.file.clone_targets.size() / 2);
  CHECK(codes(session.check_changed()) == Codes{"target-mismatch"});
}

TEST_CASE("an image without modules is rejected from 1.8 on") {
  for (const auto& [version, expected] :
       {std::pair("1.8.2", Codes{"empty-worklist"}), std::pair("1.8.0-rc1", Codes{})}) {
    Session session("1.8.2-plain", "Top");
    session.pretend_version(version);
    session.file.worklist.clear();
    for (Dependency& entry : session.file.dependencies) entry.module_index = 0;
    CHECK(codes(session.check_changed()) == expected);
  }
}

TEST_CASE("the modules of the running system image must be those that the image was compiled with") {
  for (const auto& [folder, code] : {std::pair("1.10.8-plain", "wrong-dep-version-loaded"),
                                     std::pair("1.12.5-plain", "wrong-julia-version")}) {
    Session session(folder);
    for (const RequiredModule& module : session.file.required_modules) {
      session.context.expected.system_modules[{module.name, module.uuid}] = module;
    }
    CHECK(session.check().verdict == Verdict::fresh);
    ++session.context.expected.system_modules.at({"Core", Uuid{}}).build_id_lo;
    CHECK(codes(session.check()) == Codes{code});
  }
}

TEST_CASE("sources that resolve to two depots are restored in none of them") {
  Session session("1.12.5-plain");
  const Depot& depot = session.depot;
  const std::string leaf = "/packages/Leaf/YapGN";
  const std::string partial = depot.actual(Depot::g) + leaf;
  test::make_folders(partial + "/src/sub");
  std::filesystem::rename(depot.actual(depot.shapes()), partial + "/src/sub/shapes.jl");
  session.context.source_for["Leaf"] = depot.entry("Leaf");
  const auto found = codes(session.check());
  CHECK(found.front() == "wrong-source");
  CHECK(std::count(found.begin(), found.end(), "nonresolveable-depot") == 5);
}

TEST_CASE("an include_dependency file may lie in another depot than the sources") {
  Session session("1.12.5-plain");
  const std::string other = session.depot.actual(Depot::g) + "/packages/Leaf/YapGN/data";
  test::make_folders(other);
  std::filesystem::rename(session.depot.actual(session.depot.csv()), other + "/table.csv");
  CHECK(session.check().verdict == Verdict::fresh);
  session.context.depots = {Depot::u};
  CHECK(codes(session.check()) == Codes{"nonresolveable-depot"});
}

TEST_CASE("a folder's tracked content is its size and the names in it") {
  Session session("1.12.5-plain");
  Dependency& entry = session.dependency("table.csv");
  const std::string data = session.depot.actual(Depot::u) + "/packages/Leaf/YapGN/data";
  entry.path = entry.path.substr(0, entry.path.rfind('/'));
  entry.fsize = file_status(data).size;
  entry.hash = content_crc(data, true);
  CHECK(codes(session.check_changed()) == Codes{});
  ++entry.hash;
  CHECK(codes(session.check_changed()) == Codes{"include-dependency-fhash-change"});
  ++entry.fsize;
  CHECK(codes(session.check_changed()) == Codes{"include-dependency-fsize-change"});
}

TEST_CASE("up to 1.8 a dependency that was missing when the image was made may still be missing") {
  Session session("1.8.2-plain");
  Dependency& entry = session.dependency("table.csv");
  entry.path += ".none";
  entry.mtime = 0.0;
  CHECK(session.check_changed().verdict == Verdict::fresh);
  Session later("1.10.8-plain");
  Dependency& later_entry = later.dependency("table.csv");
  later_entry.path += ".none";
  later_entry.mtime = 0.0;
  CHECK(codes(later.check_changed()) == Codes{"missing-sourcefile"});
}

TEST_CASE("a standard library recorded where Julia was built is found where it is installed") {
  Session session("1.10.8-plain");
  session.context.expected.stdlib = "/usr/share/julia/stdlib/v1.10";
  test::write_file(session.depot.actual("/usr/share/julia/stdlib/v1.10/Leaf/data/table.csv"), "moved");
  Dependency& entry = session.dependency("table.csv");
  entry.path = "/buildworker/share/julia/stdlib/v1.10/Leaf/data/table.csv";
  CHECK(session.check_changed().verdict == Verdict::fresh);
  session.context.expected.stdlib.clear();
  CHECK(codes(session.check_changed()) == Codes{"missing-sourcefile"});
}

TEST_CASE("a name that stands for another package now makes the image stale") {
  Session session("1.10.8-plain", "Top");
  const std::string manifest = session.depot.actual(session.depot.environment()) + "/Manifest.toml";
  session.use_environment();
  CHECK(session.check().verdict == Verdict::fresh);
  std::string text = test::read_file(manifest);
  const std::string leaf = "1eaf0000-0000-4000-8000-000000000001";
  text.replace(text.find(leaf), leaf.size(), "1eaf0000-0000-4000-8000-000000000009");
  test::write_file(manifest, text);
  session.use_environment();
  const auto found = codes(session.check());
  CHECK(std::count(found.begin(), found.end(), "dep-uuid-changed") == 1);
}

namespace {

// As Julia records a submodule's `using Name`: a zero byte, the number of the UUID, the name.
Dependency require_entry(const Uuid& uuid, const std::string& name, int32_t module_index) {
  Dependency entry;
  entry.path = std::string(1, '\0') + std::string(uuid.number_bytes()) + name;
  entry.module_index = module_index;
  entry.mtime = -1.0;
  return entry;
}

}  // namespace

TEST_CASE("a package that asks for its own name gets itself, whatever the environment says") {
  for (const char* folder : {"1.5.3-plain", "1.10.8-plain", "1.12.5-plain", "1.14.0-DEV-plain"}) {
    INFO(folder);
    Session session(folder, "Top");
    session.use_environment();
    const WorklistModule top = session.file.worklist.at(0);
    for (int i = 0; i < 3; ++i) session.file.dependencies.push_back(require_entry(top.uuid, top.name, 1));
    CHECK(codes(session.check_changed()) == Codes{});
    session.context.load_path = nullptr;
    CHECK(codes(session.check_changed()) == Codes{});
  }
}

TEST_CASE("a name that is asked for in several places is one reason, with a count") {
  Session session("1.10.8-plain", "Top");
  session.use_environment();
  const Uuid unknown = *Uuid::parse("0ddba11e-0000-4000-8000-000000000007");
  for (int i = 0; i < 17; ++i) session.file.dependencies.push_back(require_entry(unknown, "Elsewhere", 1));
  const ImageReport report = session.check_changed();
  REQUIRE(codes(report) == Codes{"dep-uuid-changed"});
  CHECK(report.reasons[0].message.find("(17 times)") != std::string::npos);
}

TEST_CASE("a preference that was not set must still not be set") {
  Session session("1.14.0-DEV-plain", "Prefs");
  session.use_environment();
  session.file.preferences.blob = "[unset]\n94ef5000-0000-4000-8000-000000000004 = [\"other\"]\n";
  CHECK(session.check_changed().verdict == Verdict::fresh);
  session.file.preferences.blob = "[unset]\n94ef5000-0000-4000-8000-000000000004 = [\"backend\"]\n";
  const ImageReport report = session.check_changed();
  CHECK(codes(report) == Codes{"preferences-hash-mismatch"});
  CHECK(report.reasons[0].message.find(
            "backend of 94ef5000-0000-4000-8000-000000000004 was not set and is set") != std::string::npos);
}

TEST_CASE("a preferences text that is no TOML makes Julia throw") {
  Session session("1.14.0-DEV-plain", "Prefs");
  session.use_environment();
  session.file.preferences.blob = "[unset";
  CHECK(session.check_changed().verdict == Verdict::unreadable);
}

TEST_CASE("a package whose manifest entry names no syntax was parsed with that of 1.13, in 1.14") {
  for (const char* folder : {"1.14.0-DEV-plain", "1.14.0-DEV-format15-plain"}) {
    INFO(folder);
    Session session(folder);
    session.use_environment();
    CHECK(session.check_changed().verdict == Verdict::fresh);
    session.file.syntax_version = 1;
    CHECK(codes(session.check_changed()) == Codes{"syntax-version-mismatch"});
    const std::string manifest = session.depot.actual(session.depot.environment()) + "/Manifest.toml";
    std::string text = test::read_file(manifest);
    const std::string uuid = "uuid = \"1eaf0000-0000-4000-8000-000000000001\"";
    const size_t at = text.find(uuid);
    REQUIRE(at != std::string::npos);
    test::write_file(manifest, text.insert(at, "syntax = {julia_version = \"1.14\"}\n"));
    session.use_environment();
    CHECK(session.check_changed().verdict == Verdict::fresh);
    session.file.syntax_version = 0;
    CHECK(codes(session.check_changed()) == Codes{"syntax-version-mismatch"});
  }
}

TEST_CASE("a package that no manifest lists has the syntax its project asks for, admits, or that of Julia") {
  Session session("1.14.0-DEV-format15-plain");
  session.use_environment();
  Environment environment = session.context.load_path->environments.front();
  environment.manifest.reset();
  session.context.load_path = load_path_of(std::move(environment));
  session.context.source_for["Leaf"] = session.depot.entry("Leaf");
  const std::string project = session.depot.actual(Depot::u) + "/packages/Leaf/YapGN/Project.toml";
  const std::string plain = test::read_file(project);
  const auto asks = [&](const std::string& section, uint8_t number) {
    INFO(section);
    test::write_file(project, plain + section);
    session.file.syntax_version = number;
    CHECK(codes(session.check_changed()) == Codes{});
    ++session.file.syntax_version;
    CHECK(codes(session.check_changed()) == Codes{"syntax-version-mismatch"});
  };
  asks("", 1);  // of 1.14, which runs
  asks("[compat]\njulia = \"1\"\n", 0);
  asks("[compat]\njulia = \"^1.15, 1.14.2\"\n", 1);
  asks("[compat]\njulia = \">= 1.16\"\n", 3);
  asks("[compat]\njulia = \"< 1.16\"\n", 0);
  asks("[compat]\njulia = \"1.14\"\n[syntax]\njulia_version = \"1.13\"\n", 0);
}

TEST_CASE("a read-only source below packages/ is trusted by its size in formats 14 and 15 alone") {
  for (const char* folder : {"1.13.0-rc1-plain", "1.14.0-DEV-plain", "1.14.0-DEV-format15-plain"}) {
    INFO(folder);
    const bool trusts = std::string_view(folder).find("format15") != std::string_view::npos;
    Session session(folder);
    session.context.content = true;
    CHECK(codes(session.check()) == Codes{});
    const std::string shapes = session.depot.actual(session.depot.shapes());
    std::string text = test::read_file(shapes);
    text.replace(text.find("Square"), 6, "Sqaure");
    test::write_file(shapes, text);
    CHECK(codes(session.check()) == Codes{"include-dependency-fhash-change"});
    std::filesystem::permissions(shapes, std::filesystem::perms(0444));
    CHECK(codes(session.check()) == (trusts ? Codes{} : Codes{"include-dependency-fhash-change"}));
    ProofCache proofs;  // the session's remembers the folder as it was
    session.context.proofs = &proofs;
    const ImageReport report = session.check();  // --content sees it all the same
    CHECK((!report.findings.empty() && report.findings[0].code == Code::source_content_changed) == trusts);
    CHECK_FALSE(report.findings.empty());
    std::filesystem::permissions(shapes, std::filesystem::perms(0644));
    test::write_file(shapes, text + "\n");
    std::filesystem::permissions(shapes, std::filesystem::perms(0444));
    CHECK(codes(session.check()) == Codes{"include-dependency-fsize-change"});
  }
}

TEST_CASE("a planned result is judged where it will be, through a view") {
  for (const test::CorpusImage& image : test::corpus_images()) {
    if (image.tracked_by_path() || image.folder.find("1.10.8") == std::string::npos) continue;
    INFO(image.golden);
    const Depot depot(image.folder);
    const RootView root(depot.root());
    const MappedView planned({{Depot::g, Depot::u}}, root);
    CheckContext context;
    context.view = &planned;
    context.depots = {Depot::g};
    const std::string below =
        std::filesystem::relative(image.ji, std::filesystem::path(JIRELOC_CORPUS) / image.folder / "images");
    const ImageReport report =
        check_image(*open_file(image.golden), std::string(Depot::g) + "/" + below, context);
    const bool left_out = image.folder.ends_with("split") && (below.find("/Big/") != std::string::npos ||
                                                              below.find("/Prefs/") != std::string::npos);
    CHECK(codes(report) == (left_out ? Codes{"library-absent"} : Codes{}));
  }
}

TEST_CASE("an image that cannot be opened is neither accepted nor rejected") {
  const ImageReport report = report_unopenable("/x.ji", Error(ErrorKind::io, "open: Permission denied"));
  CHECK(report.verdict == Verdict::unknown);
  CHECK(report.reasons.empty());
  CHECK(report.unknowns.at(0).code == Code::io);
}
