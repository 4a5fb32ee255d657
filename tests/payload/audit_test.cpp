// What a payload's Strings name, whether it is there, and what follows: the table row by row, then the audit
// over folders that hold each kind.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "bytes/reading.hpp"
#include "jireloc/payload_audit.hpp"
#include "payload/paths_in_text.hpp"
#include "payload/synthetic.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

using enum Presence;

PathOutcome moved(Presence before, Presence after) {
  return what_follows({.moves = true, .former = false, .before = before, .after = after});
}

std::vector<std::string> paths_in(const std::string& text, const std::vector<std::string>& roots = {}) {
  std::vector<std::string> found;
  payload::for_each_path(text, roots, [&](const payload::PathInText& path) {
    found.push_back(text.substr(path.begin, path.end - path.begin) + (path.whole ? "!" : ""));
  });
  return found;
}

using Strings = std::vector<std::string>;

// The same Strings in a payload of each form.
std::unique_ptr<SyntheticImage> image_with(const Strings& strings, std::string_view layout) {
  if (layout == "V11b") {  // a tag stream
    std::string stream = "\x30";
    for (const std::string& text : strings) stream += '\x12' + word(text.size(), 4) + text + '\x01';
    return std::make_unique<SyntheticImage>(stream, layout);
  }
  StaticPayload payload;
  if (layout == "V12a") payload.roots = 7;
  payload.close_the_gap_before_const_data();
  for (const std::string& text : strings) payload.add_string(text);
  return std::make_unique<SyntheticImage>(payload.bytes(), layout);
}

struct Home {
  TempFolder folder;
  std::string old_depot = folder / "home/.julia", new_depot = folder / "share/julia";
  void make(const std::string& path) const {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    write_file(path, "x");
  }
  AuditRules rules() const {
    AuditRules rules;
    rules.moves = {{old_depot, new_depot}};
    rules.list_all = true;
    return rules;
  }
};

std::map<std::string, PathOutcome> outcomes(const PayloadAudit& audit) {
  std::map<std::string, PathOutcome> result;
  for (const AuditedPath& path : audit.paths) result[path.path] = path.outcome;
  return result;
}

PayloadAudit audit(const SyntheticImage& image, const AuditRules& rules) {
  PresenceCache presences;
  return audit_payload(image.input(), rules, presences);
}

}  // namespace

TEST_CASE("What follows for a path is one table, row by row") {
  for (const Presence before : {absent, there, unknown}) {
    for (const Presence after : {absent, there, unknown}) {
      CHECK(what_follows({false, false, before, after}) == PathOutcome::stays);
      CHECK(what_follows({false, true, before, after}) == PathOutcome::stays);
    }
    CHECK(moved(before, there) == PathOutcome::rewritten);
    CHECK(what_follows({true, true, before, there}) == PathOutcome::former_place);
    CHECK(moved(before, unknown) == PathOutcome::unknown);
  }
  CHECK(moved(there, absent) == PathOutcome::would_break);
  CHECK(moved(absent, absent) == PathOutcome::absent_before);
  CHECK(moved(unknown, absent) == PathOutcome::unknown);
}

TEST_CASE("The paths that a text holds are found by the rule of where a path begins and ends") {
  CHECK(paths_in("/home/u/data.csv") == Strings{"/home/u/data.csv!"});
  CHECK(paths_in("cc -I/a/include -L/a/lib </b/c> [/d/e] {/f/g}|/h/i @/j/k") ==
        Strings{"/a/include", "/a/lib", "/b/c", "/d/e", "/f/g", "/h/i", "/j/k"});
  CHECK(paths_in("see /a/b. Or /c/d, and x/y, 1 / 2, http://host/x") == Strings{"/a/b", "/c/d"});
  CHECK(paths_in("A=/a/b:/c/d;file:///e/f") == Strings{"/a/b", "/c/d", "/e/f"});
  CHECK(paths_in("//a/b") == Strings{"/a/b"});
  CHECK(paths_in("-I/home/my u/.julia/x y", {"/home/my u/.julia"}) == Strings{"/home/my u/.julia/x"});
  CHECK(paths_in("/").empty());
  CHECK(paths_in("").empty());
}

TEST_CASE("Each kind of path gets its outcome, in a tag stream and in const data") {
  const Home home;
  const auto old_path = [&](const std::string& tail) { return home.old_depot + "/" + tail; };
  home.make(old_path("packages/X/abcde/data.csv"));
  home.make(home.new_depot + "/packages/X/abcde/data.csv");
  home.make(old_path("scratchspaces/u/cache.bin"));
  home.make(old_path("juliaup/julia-1/share/doc.md"));
  home.make(old_path("mine/bin/julia"));
  home.make(old_path("mine/share/y"));
  home.make(old_path("with blank/z"));
  const std::string scratch = old_path("scratchspaces/u/cache.bin");
  const Strings strings = {old_path("packages/X/abcde/data.csv"),
                           scratch,
                           "-I" + old_path("scratchspaces/u"),
                           old_path("made/at/run/time"),
                           old_path("juliaup/julia-1/share/doc.md"),
                           old_path("mine/share/y"),
                           old_path("with blank/z"),
                           "/usr/bin",
                           home.new_depot + "/packages",
                           home.old_depot + "-other/file",
                           "no path"};
  for (const std::string_view layout : {"V11b", "V12a"}) {
    CAPTURE(layout);
    const auto image = image_with(strings, layout);
    const PayloadAudit result = audit(*image, home.rules());
    const auto found = outcomes(result);
    CHECK(found.at(strings[0]) == PathOutcome::rewritten);
    CHECK(found.at(scratch) == PathOutcome::would_break);
    CHECK(found.at(old_path("scratchspaces/u")) == PathOutcome::would_break);
    CHECK(found.at(strings[3]) == PathOutcome::absent_before);
    CHECK(found.at(strings[4]) == PathOutcome::stays);
    CHECK(found.at(strings[5]) == PathOutcome::stays);
    CHECK(found.at(strings[6]) == PathOutcome::would_break);
    CHECK(found.at(strings[7]) == PathOutcome::stays);
    CHECK(found.at(strings[8]) == PathOutcome::stays);
    CHECK(found.at(strings[9]) == PathOutcome::stays);
    CHECK(found.size() == 10);
    CHECK(result.stays == Strings{old_path("juliaup"), old_path("mine")});
    CHECK(result.count(PathOutcome::would_break) == 3);
    CHECK(result.example(PathOutcome::would_break).path == scratch);
    CHECK(image->bytes.substr(result.paths[1].offset, scratch.size()) == scratch);
    CHECK(result.paths[0].place == PathPlace::old_depot);
    CHECK(result.paths[0].new_path == home.new_depot + "/packages/X/abcde/data.csv");
    CHECK(result.paths[2].whole == false);
    CHECK(result.paths[4].place == PathPlace::julia);
    CHECK(result.paths[8].place == PathPlace::target);
  }
}

TEST_CASE("A path stays on the user's word, and has moved on it") {
  const Home home;
  home.make(home.old_depot + "/scratchspaces/u/f");
  home.make(home.new_depot + "/here");
  const auto image = image_with({home.old_depot + "/scratchspaces/u/f"}, "V12a");
  AuditRules rules = home.rules();
  CHECK(audit(*image, rules).count(PathOutcome::would_break) == 1);
  rules.stays = {home.old_depot + "/scratchspaces"};
  CHECK(audit(*image, rules).count(PathOutcome::stays) == 1);
  rules.stays.clear();
  rules.moved = {{home.old_depot + "/scratchspaces", home.new_depot + "/scratchspaces"}};
  CHECK(audit(*image, rules).count(PathOutcome::rewritten) == 1);
}

TEST_CASE("Where nothing of the new place is there yet nothing breaks, and it is counted") {
  const Home home;
  home.make(home.old_depot + "/x");
  const auto image = image_with({home.old_depot + "/x"}, "V12a");
  const PayloadAudit result = audit(*image, home.rules());
  CHECK(result.count(PathOutcome::would_break) == 0);
  CHECK(result.not_there_yet == 1);
  AuditRules rules = home.rules();
  rules.makes_target = true;
  CHECK(audit(*image, rules).count(PathOutcome::would_break) == 1);
}

TEST_CASE(
    "A former place is found by the image's own sources, and what it names is judged by the depot of now") {
  const Home home;
  const std::string first = home.folder / "first/depot";
  home.make(home.old_depot + "/packages/X/abcde/src/X.jl");
  home.make(home.new_depot + "/packages/X/abcde/src/X.jl");
  home.make(home.new_depot + "/packages/X/abcde/data.csv");
  home.make(home.old_depot + "/scratchspaces/s");
  for (const std::string_view layout : {"V11b", "V12a"}) {
    CAPTURE(layout);
    const auto image = image_with({first + "/packages/X/abcde/src/X.jl", first + "/packages/X/abcde/data.csv",
                                   first + "/scratchspaces/s", first + "/never"},
                                  layout);
    Dependency source;
    source.path = "@depot/packages/X/abcde/src/X.jl";
    image->file.dependencies = {source};
    const PayloadAudit result = audit(*image, home.rules());
    CHECK(result.former == std::vector<PathMapping>{{first, home.new_depot}});
    const auto found = outcomes(result);
    CHECK(found.at(first + "/packages/X/abcde/data.csv") == PathOutcome::former_place);
    CHECK(found.at(first + "/scratchspaces/s") == PathOutcome::would_break);
    CHECK(found.at(first + "/never") == PathOutcome::absent_before);
    // Nor is the root of another package, of which the header tells, a place of the depot.
    Dependency other;
    other.path = home.folder / "dev/Dev/src/Dev.jl";
    image->file.dependencies.push_back(other);
    CHECK(audit(*image, home.rules()).former == std::vector<PathMapping>{{first, home.new_depot}});
    // A place that is still there is no former one.
    home.make(first + "/packages/X/abcde/src/X.jl");
    CHECK(audit(*image, home.rules()).former.empty());
    std::filesystem::remove_all(first);
  }
}

TEST_CASE("Another name of the depot that moves is the depot") {
  const Home home;
  home.make(home.old_depot + "/packages/X/abcde/src/X.jl");
  home.make(home.new_depot + "/packages/X/abcde/src/X.jl");
  const std::string link = home.folder / "link";
  std::filesystem::create_symlink(home.old_depot, link);
  const auto image = image_with({link + "/packages/X/abcde/src/X.jl", link + "/packages"}, "V12a");
  Dependency source;
  source.path = "@depot/packages/X/abcde/src/X.jl";
  image->file.dependencies = {source};
  CHECK(audit(*image, home.rules()).former == std::vector<PathMapping>{{link, home.new_depot}});
}

TEST_CASE("Of a map of the root only what is there below its new place counts") {
  const Home home;
  const std::string root = home.folder / "root";
  home.make(root + "/opt/thing/x");
  const auto image = image_with({"/opt/thing/x", "/opt/other/y", "/opt/thing//x", "/opt/thing/x/z"}, "V12a");
  AuditRules rules;
  rules.moves = {{"", root}};
  rules.list_all = true;
  const PayloadAudit result = audit(*image, rules);
  CHECK(result.below_root == 2);
  CHECK(result.below_root_maps == std::vector<PathMapping>{{"/opt/thing/x", root + "/opt/thing/x"},
                                                           {"/opt/thing/x/z", "/opt/thing/x/z"}});
  CHECK(outcomes(result).at("/opt/thing/x") == PathOutcome::rewritten);
  CHECK(outcomes(result).at("/opt/other/y") == PathOutcome::stays);
}

TEST_CASE("Without a step the depots of now are asked for what their paths name") {
  const Home home;
  home.make(home.new_depot + "/packages/X/abcde/src/X.jl");
  const auto image = image_with({home.new_depot + "/packages/X/abcde/src/X.jl", home.new_depot + "/gone",
                                 "reads " + home.new_depot + "/made"},
                                "V12a");
  AuditRules rules;
  rules.depots = {home.new_depot};
  const PayloadAudit result = audit(*image, rules);
  CHECK(result.absent_now == 1);  // of whole Strings
  CHECK(result.first_absent.path == home.new_depot + "/gone");
  CHECK(result.count(PathOutcome::stays) == 3);
}

TEST_CASE("A payload of Strings that overlap ends in a clear error, in time linear in its size") {
  std::string const_data;
  for (int k = 0; k < 20000; ++k) const_data += word(0xA7, 8) + word(uint64_t{16} * 15000, 8);
  std::string filler(16 * 15000 + 64, '/');
  StaticPayload payload;
  payload.close_the_gap_before_const_data();
  payload.const_data = std::string(8, 'a') + const_data + filler;
  const SyntheticImage image(payload.bytes(), "V12a");
  PresenceCache presences;
  CHECK_NOTHROW(audit_payload(image.input(), {}, presences));
}

TEST_CASE("Whether a path is there is asked once, and what is wrong with the way to it is no answer") {
  const Home home;
  PresenceCache presences;
  const FileView view;
  const std::string path = home.folder / "x";
  CHECK(presences.look(view, path) == absent);
  home.make(path);
  CHECK(presences.look(view, path) == absent);
  CHECK(presences.look(view, "/") == there);
  CHECK(presences.look(view, "/dev/null/x") == absent);
  const std::string loop = home.folder / "loop";
  std::filesystem::create_symlink(loop, loop);
  CHECK(presences.look(view, loop + "/x") == unknown);
}

namespace {
struct CountedLooks final : ForwardingFileSystem {
  CountedLooks() : ForwardingFileSystem(real_file_system()) {}
  ssize_t around(Call call, size_t* size, const std::function<ssize_t()>& forward) override {
    made += call == Call::stat_at;
    return refuse ? -EACCES : ForwardingFileSystem::around(call, size, forward);
  }
  int made = 0;
  bool refuse = false;
};
}  // namespace

TEST_CASE("What lay below a folder that is gone is not asked for, and all else is") {
  const Home home;
  const FileView view;
  CountedLooks system;
  const ReadingThrough reading(system);
  PresenceCache presences;
  const std::string gone = home.folder / "gone", here = home.folder / "here";
  home.make(here + "/a");
  CHECK(presences.look_back(view, here + "/b") == absent);  // its folder is there
  CHECK(presences.look_back(view, gone + "/packages/A/src/a.jl") == absent);
  system.made = 0;
  CHECK(presences.look_back(view, gone + "/packages/B/src/b.jl") == absent);
  CHECK(presences.look_back(view, gone + "/c") == absent);
  CHECK(system.made == 0);
  CHECK(presences.look_back(view, here + "/a") == there);
  home.make(gone + "er/a");
  CHECK(presences.look_back(view, gone + "er/a") == there);
  CHECK(presences.look(view, gone + "/d") == absent);
  CHECK(system.made == 3);
  presences.note_there(here + "/seen");
  CHECK(presences.look(view, here + "/seen") == there);
  system.refuse = true;
  CHECK(presences.look_back(view, here + "/x/y") == unknown);
  system.refuse = false;
  home.make(here + "/x/z");
  CHECK(presences.look_back(view, here + "/x/z") == there);
}
