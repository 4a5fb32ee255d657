// Where an old path counts as named, and what is written in its place.
#include <catch2/catch.hpp>

#include "payload/synthetic.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr const char* kOld = "/home/u/.julia";

// A tag stream (<= 1.8) that holds one String.
std::string string_in_stream(const std::string& text) {
  return std::string("\x30\x01\x02", 3) + '\x12' + word(text.size(), 4) + text +
         std::string("\x30\x05\x00", 3);
}

PayloadPlan plan(const SyntheticImage& image, const std::string& from, const std::string& to,
                 const std::string& alias = {}) {
  return plan_payload(image.input(), std::vector<PayloadMap>{{from, to, alias}});
}

// What becomes of a String's text.
std::string moved(const std::string& text, const std::string& to = "/opt/jl") {
  const SyntheticImage image(string_in_stream(text), "V11b");
  const std::string after = image.after(plan(image, kOld, to));
  REQUIRE(after.size() == image.bytes.size());
  return after.substr(8, text.size());
}

Occurrence only_occurrence(const std::string& stream) {
  const SyntheticImage image(stream, "V11b");
  const auto scan = scan_payload(image.input(), std::vector<std::string>{kOld});
  REQUIRE(scan.occurrences.size() == 1);
  return scan.occurrences[0];
}

}  // namespace

TEST_CASE("Spare slashes follow the new path, or stand before its last component where the text ends there") {
  CHECK(moved("/home/u/.julia/packages/X") == "/opt/jl////////packages/X");
  CHECK(moved("/home/u/.julia") == "/opt////////jl");
  CHECK(moved("/home/u/.julia/") == "/opt/jl////////");
  CHECK(moved("/home/u/.julia/x", "/home/v/.julia") == "/home/v/.julia/x");
  CHECK(moved("/home/u//.julia/x") == "/opt/jl/////////x");
  const SyntheticImage last('\x12' + word(15, 4) + "/home/u/.julia/", "V11b");  // its slash is the last byte
  CHECK(last.after(plan(last, kOld, "/opt/jl")).substr(5) == "/opt/jl////////");
  CHECK(moved("/home/u/.julia\\x") == "/opt////////jl\\x");
}

TEST_CASE("An old path inside of a text counts after a byte that cannot belong to it") {
  for (const std::string before :
       {"\"", "'", " ", "=", ":", ";", ",", "(",  "\n",   "<",    "[",       "{",        "|", ">",
        "&",  "#", "!", "$", "*", "?", "^", "\\", "\x01", "\x7F", "file://", "file:///", "/", "see //"}) {
    CAPTURE(before);
    CHECK(moved(before + "/home/u/.julia/x") == before + "/opt/jl////////x");
  }
}

TEST_CASE("A part of a longer name is another path: listed, not counted, not replaced") {
  for (const std::string text : {"/x/home/u/.julia/packages", "/home/u/.julia-old/packages",
                                 "/home/u/.julia2", "~/home/u/.julia/x", "/home/u/.julia.bak/x"}) {
    CAPTURE(text);
    CHECK(moved(text) == text);
    const Occurrence occurrence = only_occurrence(string_in_stream(text));
    CHECK(occurrence.match == Match::other_path);
    CHECK(occurrence.left.find("part of another path") != std::string::npos);
    const SyntheticImage image(string_in_stream(text), "V11b");
    CHECK(scan_payload(image.input(), std::vector<std::string>{kOld}).summary == PayloadSummary::clean);
  }
}

TEST_CASE("What stands beside a path that is not replaced is named, as a character or as a byte") {
  const auto left = [](const std::string& text) { return only_occurrence(string_in_stream(text)).left; };
  CHECK(left("x/home/u/.julia/y") == "it is part of another path: 'x' stands before it");
  CHECK(left("\x80/home/u/.julia/y") == "it is part of another path: byte 80 stands before it");
  CHECK(left("/home/u/.julia\xFF") == "it is part of another path: byte ff stands behind it");
  CHECK(left("see /home/u/.julia.") ==
        "it is not certain that the path begins and ends here: '.' stands behind it");
  CHECK(left("-Q/home/u/.julia/y") ==
        "it is not certain that the path begins and ends here: 'Q' stands before it");
}

TEST_CASE("An old path ends before a byte that cannot continue a name") {
  for (const std::string behind :
       {"\"", "'", " ", "=", ":", ";", ",", ")", "\n", ">", "]", "}", "|", "\x7F"}) {
    CAPTURE(behind);
    CHECK(moved("(/home/u/.julia" + behind) == "(/opt////////jl" + behind);
  }
  CHECK(moved("DEPOT=/home/u/.julia:/usr/share/julia") == "DEPOT=/opt////////jl:/usr/share/julia");
  CHECK(moved(std::string("/home/u/.julia\0x", 16)) == std::string("/opt////////jl\0x", 16));
}

TEST_CASE(
    "A path begins behind a compiler's option that begins a word, and behind the @ of a file of arguments") {
  for (const std::string option :
       {"-I", "-L", "-F", "-B", "-isystem", "-Wl,", "-Wl,-rpath,", "-Wl,-L", "--sysroot", "@"}) {
    for (const std::string before : {"", "cc ", "<", "a:"}) {
      CAPTURE(before + option);
      CHECK(moved(before + option + "/home/u/.julia/x") == before + option + "/opt/jl////////x");
    }
  }
  CHECK(moved("-I/home/u/.julia/include -L/home/u/.julia/lib") ==
        "-I/opt/jl////////include -L/opt/jl////////lib");
  CHECK(moved("\x1B[1;32m/home/u/.julia/x\x1B[0m") == "\x1B[1;32m/opt/jl////////x\x1B[0m");
  // Where the letters are the end of a name they make another path.
  for (const std::string before : {"x-I", "/x/-I", "a@", "x--opt", "I", "mail@"}) {
    CAPTURE(before);
    CHECK(only_occurrence(string_in_stream(before + "/home/u/.julia/x")).match == Match::other_path);
  }
}

TEST_CASE("What could be a path or not is left, counted and told, and refuse-constants fails it") {
  const std::vector<std::string> texts = {"-Q/home/u/.julia/x",     "--/home/u/.julia/x",
                                          "http://home/u/.julia/x", "\\n/home/u/.julia/x",
                                          "%/home/u/.julia/x",      "\xE2\x80\x98/home/u/.julia/x",
                                          "see /home/u/.julia.",    "\xC2\xAB/home/u/.julia\xC2\xBB",
                                          "/home/u/.julia...",      "/home/u/.julia@"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(moved(text) == text);
    const SyntheticImage image(string_in_stream(text), "V11b");
    const PayloadPlan result = plan(image, kOld, "/opt/jl");
    CHECK(result.image.empty());
    REQUIRE(result.residue().size() == 1);
    CHECK(result.residue()[0]->match == Match::unclear);
    CHECK(result.remaining_constants() == 1);
    CHECK(result.scan.summary == PayloadSummary::path_constants);
    CHECK(decide(PayloadMode::automatic, result).reason->code == Code::residue);
    CHECK(decide(PayloadMode::refuse_constants, result).action == PayloadAction::fail);
  }
}

TEST_CASE("An old path that is given in several spellings is looked for once") {
  const SyntheticImage image(string_in_stream("/home/u/.julia/x"), "V11b");
  const auto scan = scan_payload(
      image.input(), std::vector<std::string>{kOld, "/usr", "/home//u/.julia/", "/home/u/.julia//"});
  CHECK(scan.paths == std::vector<std::string>{kOld, "/usr"});
  CHECK(scan.occurrences.size() == 1);
}

TEST_CASE("A NUL inside of a String does not end the String") {
  const Occurrence occurrence = only_occurrence(string_in_stream(std::string("/home/u/.julia\0x", 16)));
  CHECK(occurrence.match == Match::path);
  CHECK(occurrence.text_size == 16);
}

TEST_CASE("Up to 1.8 tag and length decide where a text begins, whatever the byte before looks like") {
  // A short symbol of 97 bytes: the length before it is an 'a'.
  const std::string text = "/home/u/.julia/" + std::string(82, 'p');
  REQUIRE(text.size() == 97);
  const Occurrence symbol = only_occurrence(std::string("\x31\x02", 2) + 'a' + text + "\x01");
  CHECK(symbol.kind == OccurrenceKind::source_location);
  CHECK(symbol.match == Match::path);
  CHECK(symbol.text == text);
  const Occurrence long_symbol = only_occurrence("\x31\x0C" + word(text.size(), 4) + text + "\x01");
  CHECK(long_symbol.kind == OccurrenceKind::source_location);
  const Occurrence string = only_occurrence("\x31\x12" + word(text.size(), 4) + text + "abc");
  CHECK(string.kind == OccurrenceKind::path_constant);
  CHECK(string.text == text);
  // Without any frame the byte before speaks.
  CHECK(only_occurrence("\x31zza" + text + "\x01").match == Match::other_path);
  CHECK(only_occurrence(std::string("\x31\0", 2) + text + "\x01").kind == OccurrenceKind::unclassified);
}

TEST_CASE("Without a frame the text is what lies between the nearest control bytes, and 4096 bytes at most") {
  const std::string path = "/home/u/.julia/x", before = "look at ", behind = " there";
  const std::string far(6000, '\0');
  const Occurrence near = only_occurrence(far + before + path + behind + "\x01" + far);
  CHECK(near.kind == OccurrenceKind::unclassified);
  CHECK(near.text == before + path + behind);
  CHECK(near.text_offset == far.size());
  CHECK(near.text_size == near.text.size());
  CHECK(only_occurrence(before + path).text == before + path);  // from the first byte to the last
  const std::string much(9000, 'a');
  const Occurrence wide = only_occurrence(far + much + " " + path + " " + much + far);
  CHECK(wide.text_offset == wide.offset - kMaxOccurrenceText);
  CHECK(wide.text_size == wide.size + 2 * kMaxOccurrenceText);
  CHECK(wide.text.size() == kMaxOccurrenceText);
}

TEST_CASE("The head of a String is looked for one MiB back and no farther") {
  for (const auto& [depth, kind] : {std::pair{(1 << 20) - 1, OccurrenceKind::path_constant},
                                    {1 << 20, OccurrenceKind::path_constant},
                                    {(1 << 20) + 1, OccurrenceKind::unclassified}}) {
    CAPTURE(depth);
    const std::string text = std::string(depth - 1, 'a') + " /home/u/.julia/x";
    CHECK(only_occurrence(string_in_stream(text)).kind == kind);
  }
}

TEST_CASE("A text ends with its frame, though the bytes behind look like more of it") {
  // The symbol is /home/u/.julia alone; behind it by chance a slash.
  const std::string stream = std::string("\x02\x0E", 2) + "/home/u/.julia" + "///x";
  const SyntheticImage image(stream, "V11b");
  CHECK(image.after(plan(image, kOld, "/opt/jl")) == std::string("\x02\x0E", 2) + "/opt////////jl" + "///x");
}

TEST_CASE("Of several maps the longest old path wins, and what was written is not looked at again") {
  const SyntheticImage image(string_in_stream("/home/u/.julia/dev/X /home/u/.julia/packages /home/u/x"),
                             "V11b");
  const auto result =
      plan_payload(image.input(), std::vector<PayloadMap>{{"/home/u", "/h", ""},
                                                          {"/home/u/.julia", "/home/u", ""},
                                                          {"/home/u/.julia/dev", "/dev", ""}});
  CHECK(image.after(result).substr(8, 54) == "/dev///////////////X /home/u////////packages /h//////x");
}

TEST_CASE("A path that is certain wins over one that is not and overlaps it") {
  const std::string text = "z/my:/x/y/file";  // /my:/x is a part of another path, /x/y follows a colon
  const SyntheticImage image(string_in_stream(text), "V11b");
  const auto result =
      plan_payload(image.input(), std::vector<PayloadMap>{{"/my:/x", "/o", ""}, {"/x/y", "/n", ""}});
  CHECK(image.after(result).substr(8, text.size()) == "z/my:/n///file");
  REQUIRE(result.scan.occurrences.size() == 1);
  CHECK(result.scan.occurrences[0].path == "/x/y");
}

TEST_CASE("A map onto itself keeps a shorter map away") {
  const SyntheticImage image(string_in_stream("/home/u/.julia/x /home/u/y"), "V11b");
  const auto result =
      plan_payload(image.input(), std::vector<PayloadMap>{{"/home/u", "/h", ""}, {kOld, kOld, ""}});
  CHECK(image.after(result).substr(8, 26) == "/home/u/.julia/x /h//////y");
}

TEST_CASE("What lay below an old root is moved to the root, and a map of a parent moves what lies below it") {
  const std::string text = "/mnt/c/home/u/x -I/mnt/c/usr/include /mnt/c:/mnt/c/";
  const SyntheticImage image(string_in_stream(text), "V11b");
  CHECK(image.after(plan(image, "/mnt/c", "/")).substr(8, text.size()) ==
        "///////home/u/x -I///////usr/include //////:///////");
  const SyntheticImage below(string_in_stream("/home/u/.julia/x:/home/v"), "V11b");
  CHECK(below.after(plan(below, "/home", "/h")).substr(8, 24) == "/h////u/.julia/x:/h////v");
}

TEST_CASE("Contradicting and relative maps are usage errors") {
  const SyntheticImage image(string_in_stream("x"), "V11b");
  const auto plan_with = [&](std::vector<PayloadMap> maps) { plan_payload(image.input(), maps); };
  CHECK_THROWS_AS(plan_with({{kOld, "/a", ""}, {"/home//u/.julia/", "/b", ""}}), Error);
  CHECK_THROWS_AS(plan_with({{kOld, "a", ""}}), Error);
  CHECK_THROWS_AS(plan_with({{kOld, "/a", "b"}}), Error);
  CHECK_THROWS_AS(plan_with({{kOld, "@depot", ""}}), Error);
  CHECK_NOTHROW(plan_with({{kOld, "/a", ""}, {"/home//u/.julia/", "/a/", ""}}));
}

TEST_CASE("Windows paths are replaced with their own separators") {
  const SyntheticImage image(string_in_stream("C:\\Users\\u\\.julia\\packages\\X"), "V11b");
  CHECK(image.after(plan(image, "C:\\Users\\u\\.julia", "D:\\jl")).substr(8, 28) ==
        "D:\\jl\\\\\\\\\\\\\\\\\\\\\\\\\\packages\\X");
}

TEST_CASE("The slashes of file:// are not those of a path of one component") {
  const auto after = [&](const std::string& text) {
    const SyntheticImage image(string_in_stream(text), "V11b");
    return image.after(plan(image, "/old", "/n")).substr(8, text.size());
  };
  CHECK(after("file:///old/x") == "file:///n///x");
  CHECK(after("file://///old/x") == "file:///n/////x");
  CHECK(after("see file:///old") == "see file://///n");
  CHECK(after("x:///old/x") == "x:/n/////x");
  CHECK(after("file:/old/x") == "file:/n///x");
}

TEST_CASE("The length before a short symbol is no slash of a path of one component, whatever it looks like") {
  for (size_t length = 4; length < 256; ++length) {  // 47 is a slash
    CAPTURE(length);
    const std::string rest = "/" + std::string(length - 4, 'x');
    const std::string head{'\x08', '\x02', static_cast<char>(length)};
    const SyntheticImage image(head + "/jl" + rest + "\x08", "V11b");
    CHECK(image.after(plan(image, "/jl", "/ab")) == head + "/ab" + rest + "\x08");
  }
}

TEST_CASE("A longer new path is refused with both ways out, and an alias is taken in its place") {
  const std::string stream = string_in_stream("/root/.julia/packages/X/data");
  const SyntheticImage image(stream, "V11b");
  const PayloadPlan refused = plan(image, "/root/.julia", "/usr/share/julia");
  REQUIRE(refused.obstacle);
  CHECK(refused.obstacle->code == Code::too_long);
  CHECK(refused.obstacle->message.find("alias of at most 12 bytes") != std::string::npos);
  CHECK(refused.obstacle->message.find("depot path of at least 16 bytes") != std::string::npos);
  CHECK_FALSE(refused.changes_anything());
  CHECK(refused.residue().size() == 1);
  const SyntheticImage alone(string_in_stream("/root/.julia"), "V11b");  // nothing behind needs a separator
  CHECK(plan(alone, "/root/.julia", "/usr/share/julia").obstacle->message.find("at most 12 bytes") !=
        std::string::npos);
  CHECK(alone.after(plan(alone, "/root/.julia", "/opt/jl12345")).substr(8, 12) == "/opt/jl12345");
  const PayloadPlan by_alias = plan(image, "/root/.julia", "/usr/share/julia", "/usr/jl");
  CHECK_FALSE(by_alias.obstacle);
  CHECK(image.after(by_alias).substr(8, 28) == "/usr/jl//////packages/X/data");
}

TEST_CASE("One occurrence without room refuses the whole payload, also where others would fit") {
  const SyntheticImage image(string_in_stream("/a/b/x") + string_in_stream("/a/b////y"), "V11b");
  const PayloadPlan result = plan(image, "/a/b", "/a/bcd");
  REQUIRE(result.obstacle);
  CHECK(result.obstacle->message.find("at most 4 bytes") != std::string::npos);
  CHECK_FALSE(result.changes_anything());
}

TEST_CASE(
    "A path that lies across the border of two windows is found in a file that is read piece by piece") {
  constexpr uint64_t window = 256 * 1024;
  std::string stream(5 * window, '\0');
  std::vector<uint64_t> places;
  // Each border, with the path at another distance from it.
  for (uint64_t border = window; border < stream.size(); border += window) {
    const uint64_t at = border - 3 * (border / window);
    stream.replace(at, 19, "/home/u//////.julia");
    stream[at + 19] = '/';
    places.push_back(at);
  }
  const SyntheticImage image(stream, "V11b");
  const auto unmapped = patched_source(*image.image, {});
  const auto scan = scan_payload({image.file, *unmapped, nullptr}, std::vector<std::string>{kOld});
  REQUIRE(scan.occurrences.size() == places.size());
  for (size_t k = 0; k < places.size(); ++k) {
    CHECK(scan.occurrences[k].offset == places[k]);
    CHECK(scan.occurrences[k].size == 20);
  }
}
