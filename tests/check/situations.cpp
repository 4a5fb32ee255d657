#include "check/situations.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <stdexcept>

#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"
#include "jireloc/mount_view.hpp"
#include "test_places.hpp"

namespace jireloc::test {
namespace {

namespace fs = std::filesystem;

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// The nanoseconds are taken from the file and changed, as whole numbers.
void change_mtime(const std::string& path, const std::function<int64_t(int64_t)>& change) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) throw std::runtime_error("no " + path);
  const int64_t now = st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec;
  const int64_t then = change(now);
  set_mtime(path, then / 1'000'000'000, then % 1'000'000'000);
}

void edit_keeping_mtime(const std::string& path, const std::function<std::string(std::string)>& edit) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) throw std::runtime_error("no " + path);
  write_file(path, edit(read_file(path)));
  set_mtime(path, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

void edit(const std::string& path, const std::function<void(std::string&)>& change) {
  std::string bytes = read_file(path);
  change(bytes);
  write_file(path, bytes);
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

void mend_file_crc(std::string& bytes) {
  const uint32_t crc = crc32c::value(std::string_view(bytes).substr(0, bytes.size() - 4));
  for (int i = 0; i < 4; ++i)
    bytes[bytes.size() - 4 + static_cast<size_t>(i)] = static_cast<char>(crc >> (8 * i));
}

void set_mtime_ns(Depot& depot, const std::string& file, const std::function<int64_t(int64_t)>& change) {
  change_mtime(depot.actual(file), change);
}

std::string library_of(const Depot& depot) {
  const std::string image = depot.actual(depot.image("Leaf"));
  return image.substr(0, image.size() - 2) + "so";
}

constexpr int64_t second = 1'000'000'000;

const std::map<std::string, std::function<void(Depot&)>> situations = {
    {"fresh", [](Depot&) {}},
    {"fresh-dependent", [](Depot&) {}},
    {"preferences-same", [](Depot&) {}},
    {"wrong-entry", [](Depot&) {}},
    {"other-flags", [](Depot&) {}},  // those layouts have no flags
    {"touched", [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t + 10 * second; }); }},
    {"touched-dependency",
     [](Depot& d) { set_mtime_ns(d, d.csv(), [](int64_t t) { return t + 10 * second; }); }},
    {"floor", [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t / second * second; }); }},
    {"ceil",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return (t / second + 1) * second; }); }},
    {"microseconds",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t / 1000 * 1000; }); }},
    {"milliseconds",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t / 1000000 * 1000000; }); }},
    {"half-microsecond-before",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t - 500; }); }},
    {"two-microseconds-before",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t - 2000; }); }},
    {"half-microsecond-after",
     [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t t) { return t + 500; }); }},
    {"one", [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t) { return second; }); }},
    {"zero", [](Depot& d) { set_mtime_ns(d, d.shapes(), [](int64_t) { return int64_t{0}; }); }},
    {"edited-same-mtime-same-size",
     [](Depot& d) {
       edit_keeping_mtime(d.actual(d.shapes()),
                          [](std::string t) { return replace_all(t, "Square", "Sqaure"); });
     }},
    {"edited-same-mtime-other-size",
     [](Depot& d) {
       edit_keeping_mtime(d.actual(d.shapes()), [](std::string t) { return t + "\n# more\n"; });
     }},
    {"include-dependency-edited-same-mtime",
     [](Depot& d) { edit_keeping_mtime(d.actual(d.csv()), [](std::string t) { return t + "x,1\n"; }); }},
    {"source-missing", [](Depot& d) { fs::remove(d.actual(d.shapes())); }},
    {"include-dependency-missing", [](Depot& d) { fs::remove(d.actual(d.csv())); }},
    {"packages-moved",
     [](Depot& d) {
       make_folders(d.actual(Depot::g));
       fs::rename(d.actual(Depot::u) + "/packages", d.actual(Depot::g) + "/packages");
     }},
    {"packages-copied",
     [](Depot& d) {
       make_folders(d.actual(Depot::g));
       run("cp -a '" + d.actual(Depot::u) + "/packages' '" + d.actual(Depot::g) + "/packages'");
     }},
    {"packages-moved-symlink-left",
     [](Depot& d) {
       make_folders(d.actual(Depot::g));
       fs::rename(d.actual(Depot::u) + "/packages", d.actual(Depot::g) + "/packages");
       fs::create_symlink(std::string(Depot::g) + "/packages", d.actual(Depot::u) + "/packages");
     }},
    {"byte-flipped-text",
     [](Depot& d) {
       edit(d.actual(d.image("Leaf")), [](std::string& bytes) { bytes[bytes.size() - 40] ^= 1; });
     }},
    {"trailer-flipped",
     [](Depot& d) { edit(d.actual(d.image("Leaf")), [](std::string& bytes) { bytes.back() ^= 1; }); }},
    {"truncated-tail",
     [](Depot& d) { edit(d.actual(d.image("Leaf")), [](std::string& bytes) { bytes.pop_back(); }); }},
    {"truncated-header",
     [](Depot& d) { edit(d.actual(d.image("Leaf")), [](std::string& bytes) { bytes.resize(200); }); }},
    {"empty", [](Depot& d) { edit(d.actual(d.image("Leaf")), [](std::string& bytes) { bytes.clear(); }); }},
    {"other-format",
     [](Depot& d) {
       edit(d.actual(d.image("Leaf")), [](std::string& bytes) {
         ++bytes[8];
         mend_file_crc(bytes);
       });
     }},
    {"other-version",
     [](Depot& d) {
       edit(d.actual(d.image("Leaf")), [](std::string& bytes) {
         bytes[bytes.find("1.")] = '2';
         mend_file_crc(bytes);
       });
     }},
    {"so-missing", [](Depot& d) { fs::remove(library_of(d)); }},
    {"so-flipped",
     [](Depot& d) { edit(library_of(d), [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; }); }},
    {"dependency-image-missing", [](Depot& d) { fs::remove(d.actual(d.image("Mid"))); }},
    {"dependency-source-missing", [](Depot& d) { fs::remove_all(d.actual(Depot::u) + "/packages/Mid"); }},
    {"preferences-changed",
     [](Depot& d) {
       write_file(d.actual(d.environment()) + "/LocalPreferences.toml",
                  "[Prefs]\nbackend = \"slow\"\nlevel = 3\n");
     }},
};

std::string only_entry(const std::string& folder, const std::string& suffix) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().ends_with(suffix)) return entry.path().filename().string();
  }
  throw std::runtime_error("nothing in " + folder);
}

}  // namespace

Depot::Depot(const std::string& corpus_folder) {
  const std::string corpus = std::string(JIRELOC_CORPUS) + "/" + corpus_folder;
  make_folders(actual(u));
  run("tar -xf '" + corpus + "/packages.tar' -C '" + actual(u) + "' && cp -a '" + corpus +
      "/images/compiled' '" + actual(u) + "/compiled' && chmod -R u+w '" + actual(u) + "'");
}

Depot::Depot(const Depot& untouched) {
  const fs::path from = untouched.actual(u), to = actual(u);
  make_folders(to);
  for (auto at = fs::recursive_directory_iterator(from); at != fs::recursive_directory_iterator(); ++at) {
    const fs::path copy = to / at->path().lexically_relative(from);
    if (at->is_directory()) {
      if (at->path().filename() == "Big" && at->path().string().find("/compiled/") != std::string::npos)
        at.disable_recursion_pending();
      else
        fs::create_directory(copy, at->path());
      continue;
    }
    fs::copy_file(at->path(), copy);
    struct stat st;
    if (::stat(at->path().c_str(), &st) != 0) throw std::runtime_error("no " + at->path().string());
    set_mtime(copy, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  }
}

std::string Depot::image(const std::string& package) const {
  const std::string compiled = std::string(u) + "/compiled";
  const std::string folder = compiled + "/" + only_entry(actual(compiled), "") + "/" + package;
  return folder + "/" + only_entry(actual(folder), ".ji");
}

std::string Depot::entry(const std::string& package, const std::string& depot) const {
  const std::string folder = depot + "/packages/" + package;
  return folder + "/" + only_entry(actual(folder), "") + "/src/" + package + ".jl";
}

bool put_into(Depot& depot, const std::string& situation) {
  const auto found = situations.find(situation);
  if (found == situations.end()) return false;
  found->second(depot);
  return true;
}

std::string entry_asked_for(const Depot& depot, const std::string& situation, const std::string& package) {
  if (situation.starts_with("packages-")) return depot.entry(package, Depot::g);
  return depot.entry(situation == "wrong-entry" ? "Mid" : package);
}

ImageReport judge(const Depot& depot, const std::string& package, const std::string& entry,
                  const Prefix& expected) {
  const RootView view(depot.root());
  ProofCache proofs;
  CheckContext context;
  context.view = &view;
  context.depots = {Depot::u, Depot::g};
  context.load_path = load_path_of(read_environment(depot.environment(), expected.version, view));
  context.source_for[package] = entry;
  context.expected.prefix = expected;
  context.proofs = &proofs;
  const std::string image = depot.image(package);
  return check_image(*open_file(depot.actual(image)), image, context);
}

}  // namespace jireloc::test
