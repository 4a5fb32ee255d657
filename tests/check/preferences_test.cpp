// Preferences: Julia's hash of them, and what only Julia can compare.
#include <catch2/catch.hpp>

#include "check/julia_hash.hpp"
#include "check/session.hpp"

using namespace jireloc;
using test::codes;
using test::Codes;
using test::Session;

namespace {

// What `text` in the environment's preferences makes of the image of Prefs, which recorded `backend`.
ImageReport with_preference(const std::string& folder, const std::string& text) {
  Session session(folder, "Prefs");
  test::write_file(session.depot.actual(session.depot.environment()) + "/LocalPreferences.toml", text);
  session.use_environment();
  return session.check();
}

}  // namespace

TEST_CASE("texts and whole numbers hash as Julia hashes them") {
  // Printed by Julia 1.5.3: hash(text, h), and Base.hash_uint64(number % UInt64) - 3h, which hash(number, h)
  // is from 1.6 on.
  const std::string even = "exactly sixteen!",
                    odd = "a text of more than sixteen bytes, and of no even number";
  CHECK(check::hash_string("fast", 0) == 0x8ba07d60c4f4dc17);
  CHECK(check::hash_string(even, 0) == 0x021484bca11f01a6);
  CHECK(check::hash_string(odd, 0) == 0xb7e617cd72c23a49);
  CHECK(check::hash_string("fast", 0x6e65726566657250) == 0x4e0804c87da204c5);
  CHECK(check::hash_string(even, 0x6e65726566657250) == 0x7c7b96b182b59765);
  CHECK(check::hash_string(odd, 0x6e65726566657250) == 0x867020b6d5fc0dd3);
  CHECK(check::hash_value({true}, 0) == 0x5bca7c69b794f8ce);
  CHECK(check::hash_value({false}, 12345) == 0x77cfa1eef01b39e5);
  CHECK(check::hash_value({int64_t{7}}, 12345) == 0x828a4cc4851408b8);
  CHECK(check::hash_value({int64_t{-1}}, 0) == 0x1f89206e3f8ec794);
  CHECK_FALSE(check::hash_value({1.5}, 0));
}

TEST_CASE("a preference of a type whose hash only Julia knows is noted and not judged") {
  const ImageReport report = with_preference("1.10.8-plain", "[Prefs]\nbackend = [\"fast\", 1]\n");
  CHECK(report.verdict == Verdict::fresh);
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0].find("only Julia can compare") != std::string::npos);
}

TEST_CASE("preferences of a package that the project does not know are not set for it") {
  Session session("1.10.8-plain", "Prefs");
  test::write_file(session.depot.actual(session.depot.environment()) + "/Project.toml", "[deps]\n");
  session.use_environment();
  const ImageReport report = session.check();
  REQUIRE(codes(report) == Codes{"preferences-hash-mismatch"});
  CHECK(report.reasons[0].message.find("backend (not set)") != std::string::npos);
}

TEST_CASE("recorded preferences outside any package's table, or of no package, make Julia throw") {
  for (const char* blob :
       {"backend = \"fast\"\n", "[no-uuid]\nbackend = \"fast\"\n", "[unset]\nno-uuid = [\"x\"]\n"}) {
    Session session("1.14.0-DEV-plain", "Prefs");
    session.use_environment();
    session.file.preferences.blob = blob;
    const ImageReport report = session.check_changed();
    CHECK(report.verdict == Verdict::unreadable);
    CHECK(codes(report) == Codes{"preferences-hash-mismatch"});
  }
}

TEST_CASE("observed preferences are not compared without an environment, and this is said") {
  Session session("1.14.0-DEV-plain", "Prefs");
  const ImageReport report = session.check();
  CHECK(report.verdict == Verdict::fresh);
  REQUIRE_FALSE(report.notes.empty());
  CHECK(report.notes[0].find("no environment is given") != std::string::npos);
}
