#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "check/situations.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

// From what Julia logged to the word that its version 1.12 records for it. The first that occurs counts.
const std::pair<const char*, const char*> words[] = {
    {"does not exist", "missing sourcefile"},
    {"(mtime 0.0) has changed", "missing sourcefile"},  // up to 1.8, where the file is missing
    {"mtime of include_dependency", "include_dependency mtime change"},
    {"table.csv (mtime", "include_dependency mtime change"},
    {"(mtime", "source-mtime-change"},
    {"because file size of", "include_dependency fsize change"},
    {"because hash of", "include_dependency fhash change"},
    {"invalid cache header", "incompatible header"},
    {"incompatible cache header", "incompatible header"},
    {".so has an invalid checksum", "ocachefile invalid checksum"},
    {"has an invalid checksum", "invalid checksum"},
    {"was not found", "missing ocachefile"},
    {"not found.", "dep missing source"},
    {"because it is for file", "wrong source"},
    {"its depot could not be resolved", "nonresolveable depot"},
    {"preferences", "preferences hash mismatch"},
};

std::string word_for(const nlohmann::json& messages, const std::string& situation) {
  if (messages.empty()) return "";
  const std::string message = messages[0];
  if (situation == "zero") return "source-mtime-change";  // there, with that time
  for (const auto& [text, word] : words) {
    if (message.find(text) != std::string::npos) return word;
  }
  return "unmapped: " + message;
}

std::string expected_verdict(const std::string& verdict) {
  return verdict.starts_with("error[") ? "unreadable" : verdict;
}

}  // namespace

TEST_CASE("every situation of the corpus gets the verdict and the reason of the real Julia") {
  std::set<std::string> unknown;
  int judged = 0, folders = 0, not_asked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(JIRELOC_CORPUS)) {
    if (!std::filesystem::exists(entry.path() / "verdicts.json")) continue;
    ++folders;
    const std::string folder = entry.path().filename().string();
    const auto verdicts = nlohmann::json::parse(test::read_file((entry.path() / "verdicts.json").string()));
    const test::Depot untouched(folder);
    const Prefix expected =
        read_cache_file(*open_file(untouched.actual(untouched.image("Leaf"))), {ReadDepth::header, nullptr})
            .prefix;
    for (const auto& situation : verdicts["cases"]) {
      const std::string title = situation["name"];
      if (situation.contains("error")) {  // the situation could not be made when the corpus was
        CHECK(title.starts_with("packages-"));
        ++not_asked;
        continue;
      }
      const std::string package = situation["image"];
      test::Depot depot = untouched;
      if (!test::put_into(depot, title)) {
        unknown.insert(title);
        continue;
      }
      INFO(folder << ": " << title);
      const ImageReport report =
          test::judge(depot, package, test::entry_asked_for(depot, title, package), expected);
      ++judged;
      const Code code = report.reasons.empty() ? Code::none : report.reasons[0].code;
      const std::string reason(code == Code::none         ? ""
                               : julia_code(code).empty() ? name(code)
                                                          : julia_code(code));
      std::string wanted_verdict = expected_verdict(situation["verdict"]);
      std::string wanted_reason = word_for(situation["messages"], title);
      // The corpus leaves the large library of Prefs out.
      if (package == "Prefs" && folder.ends_with("-split")) {
        wanted_verdict = "stale";
        wanted_reason = "missing ocachefile";
      }
      INFO((report.reasons.empty() ? "" : report.reasons[0].message));
      CHECK(name(report.verdict) == wanted_verdict);
      if (wanted_verdict != "unreadable") CHECK(reason == wanted_reason);
    }
  }
  CHECK(folders == 18);
  CHECK(judged > 530);
  CHECK(not_asked == 12);  // three of each folder of 1.13.0-rc1 and format 15
  // Every situation of the corpus is one of files; none depends on a live process.
  CHECK(unknown == std::set<std::string>{});
  std::cout << judged << " situations of " << folders << " corpus folders judged\n";
}
