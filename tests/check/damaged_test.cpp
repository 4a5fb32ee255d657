// Images whose header or surroundings are damaged: the rule that says so, and whether Julia throws there.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "check/session.hpp"
#include "jireloc/error.hpp"

using namespace jireloc;
using test::codes;
using test::Codes;
using test::Depot;
using test::Session;

namespace {

// Judges the image of Leaf with `from` replaced by `to`, in a session of the Julia that made it.
ImageReport check_replaced(Session& session, const std::string& from, const std::string& to) {
  std::string bytes = test::read_file(session.depot.actual(session.image));
  const size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, from.size(), to);
  return check_image(*view_bytes(bytes), session.image, session.context);
}

std::string number(int32_t value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a header that cannot be read is one that Julia throws on, or gets through to the checksum") {
  Session session("1.10.8-split");
  session.context.expected.prefix = session.file.prefix;
  // The worklist's first name, cut short by a length past the end of the file.
  const ImageReport thrown = check_replaced(session, number(4) + "Leaf", number(INT32_MAX) + "Leaf");
  CHECK(thrown.verdict == Verdict::unreadable);
  CHECK(codes(thrown) == Codes{"incompatible-header"});
  CHECK(says(thrown.reasons[0].message, "Julia throws while it reads the header"));
  const std::string& targets = session.file.clone_targets;
  REQUIRE(targets.size() > 8);
  const auto size = static_cast<int32_t>(targets.size());
  const ImageReport read =
      check_replaced(session, number(size) + targets.substr(0, 8), number(INT32_MAX) + targets.substr(0, 8));
  CHECK(read.verdict == Verdict::stale);
  CHECK(codes(read) == Codes{"bad-file-checksum"});
  CHECK(says(read.reasons[0].message, "the header is damaged"));
}

TEST_CASE(
    "without a Julia to compare with, a header that cannot be read is taken for one that Julia throws on") {
  Session session("1.10.8-split");
  CHECK(check_replaced(session, number(4) + "Leaf", number(INT32_MAX) + "Leaf").verdict ==
        Verdict::unreadable);
}

TEST_CASE("a split image that names no processor target has the wrong target") {
  Session session("1.10.8-split");
  session.file.clone_targets = number(0);
  const ImageReport report = session.check_changed();
  CHECK(codes(report) == Codes{"target-mismatch"});
  CHECK(says(report.reasons[0].message, "no processor target"));
}

TEST_CASE("a header without a payload checksum, and one from inside a library, are refused before all else") {
  Session session("1.10.8-split");
  session.file.pkgimage = 1;
  CHECK(says(session.check_changed().reasons.at(0).message, "the header of a native library"));
  session.file.pkgimage = 0;
  session.file.checksum = 0;
  const ImageReport report = session.check_changed();
  CHECK(codes(report) == Codes{"incompatible-header"});
  CHECK(says(report.reasons[0].message, "its payload checksum is zero"));
}

TEST_CASE("the first betas of 1.9 compared the flags of debugging exactly, and let optimisation exceed") {
  Session session("1.10.8-split");
  session.pretend_version("1.9.0-beta2");
  REQUIRE(session.file.flags == 0xa3);
  const auto refused = [&](uint8_t wanted) {
    session.context.expected.cache_flags = wanted;
    for (const std::string& code : codes(session.check_changed()))
      if (code == "mismatched-flags") return true;
    return false;
  };
  CHECK_FALSE(refused(0xa3));
  CHECK_FALSE(refused(0x93));
  CHECK(refused(0xb3));
  CHECK(refused(0xa1));
}

TEST_CASE("Julia throws on a recorded path with a NUL byte, and on an image that records no source file") {
  for (const char* folder : {"1.8.2-plain", "1.10.8-plain", "1.12.5-plain"}) {
    INFO(folder);
    Session session(folder);
    session.dependency("shapes.jl").path = std::string("/x\0y", 4);
    CHECK(session.check_changed().verdict == Verdict::unreadable);
    Session empty(folder);
    std::erase_if(empty.file.dependencies, [](const Dependency& entry) { return !entry.is_require(); });
    empty.file.source_texts.clear();
    const ImageReport report = empty.check_changed();
    CHECK(report.verdict == Verdict::unreadable);
    CHECK(says(report.reasons.at(0).message, "records no source file"));
  }
}

TEST_CASE("Julia throws on a required module whose name no file could have") {
  for (const std::string& name : {std::string("A\0B", 3), std::string(300, 'x')}) {
    Session session("1.10.8-plain", "Mid");
    session.use_environment();
    session.file.required_modules.push_back({name, {7, 7}, 1, 2});
    const ImageReport report = session.check_changed();
    CHECK(report.verdict == Verdict::unreadable);
    CHECK(codes(report) == Codes{"dep-missing-source"});
  }
}

TEST_CASE("a tracked file that is no longer one that can be read makes Julia throw") {
  Session session("1.12.5-plain");
  const std::string csv = session.depot.actual(session.depot.csv());
  std::filesystem::remove(csv);
  REQUIRE(::mkfifo(csv.c_str(), 0600) == 0);
  session.dependency("table.csv").fsize = 0;
  const ImageReport report = session.check_changed();
  CHECK(report.verdict == Verdict::unreadable);
  CHECK(codes(report) == Codes{"include-dependency-fhash-change"});
  CHECK(name(report.reasons[0].fix) == "restore-file");
}

TEST_CASE("a source that the environment asks for and no depot holds is another than the image's") {
  Session session("1.10.8-plain");
  session.use_environment();
  std::filesystem::remove_all(session.depot.actual(Depot::u) + "/packages/Leaf");
  const ImageReport report = session.check();
  CHECK(codes(report).at(0) == "wrong-source");
  CHECK(says(report.reasons[0].message, "no depot holds the source that the environment asks for"));
  CHECK(name(report.reasons[0].fix) == "environment");
}

TEST_CASE("another version of the package than the one compiled can only be compiled") {
  Session session("1.10.8-plain");
  const std::string other = session.depot.actual(Depot::u) + "/packages/Leaf/AAAAA/src/Leaf.jl";
  test::write_file(other, "module Leaf end");
  session.context.source_for["Leaf"] = std::string(Depot::u) + "/packages/Leaf/AAAAA/src/Leaf.jl";
  const ImageReport report = session.check();
  CHECK(codes(report) == Codes{"wrong-source"});
  CHECK(says(std::get<fix::CompileAgain>(report.reasons[0].fix).why, "another version"));
}

TEST_CASE("a touched source is mended by its time, which is said to need a proof where none was looked for") {
  Session session("1.10.8-plain");
  REQUIRE(test::put_into(session.depot, "touched"));
  CHECK(session.check().reasons.at(0).fix == Fix(fix::TakeFileTimes{"stored-text"}));
  session.context.proofs = nullptr;
  const ImageReport report = session.check();
  CHECK(report.reasons.at(0).fix == Fix(fix::TakeFileTimes{}));
}

TEST_CASE("with --content a package folder without a tree hash is noted, not held against the image") {
  Session session("1.10.8-plain");
  session.context.content = true;
  const std::string fifo = session.depot.actual(Depot::u) + "/packages/Leaf/YapGN/pipe";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const ImageReport report = session.check();
  CHECK(report.verdict == Verdict::fresh);
  CHECK(report.findings.empty());
  bool noted = false;
  for (const std::string& note : report.notes) noted = noted || says(note, "has no tree hash");
  CHECK(noted);
}

TEST_CASE("names of verdicts are those of the JSON") {
  CHECK(name(Verdict::unreadable) == "unreadable");
}
