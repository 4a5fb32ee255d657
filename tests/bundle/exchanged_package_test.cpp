// pack, while somebody puts another folder in the place of a package: what was judged is packed, or nothing.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "jireloc/bundle.hpp"
#include "jireloc/tree_hash.hpp"
#include "support/corpus_depot.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

namespace jireloc {
namespace {

namespace fs = std::filesystem;

constexpr const char *kPackage = "packages/Leaf/YapGN", *kImage = "compiled/v1.5/Leaf/D4iCS_k5y5r.ji";
constexpr int kToBeJudged =
    2;  // the image is opened so often: for its header first, before any package is judged

// Does something before a name is opened for the nth time.
struct Meanwhile final : test::ForwardingFileSystem {
  struct Act {
    int left;
    std::function<void()> what;
  };
  explicit Meanwhile(std::map<std::string, Act> when)
      : ForwardingFileSystem(real_file_system()), acts(std::move(when)) {}
  int open(int folder, const char* path, int flags, mode_t mode) override {
    act_at(path);
    return ForwardingFileSystem::open(folder, path, flags, mode);
  }
  int open_beneath(int folder, const char* path, int flags, mode_t mode) override {
    act_at(path);
    return ForwardingFileSystem::open_beneath(folder, path, flags, mode);
  }
  void act_at(const char* path) {
    const auto found = acts.find(path);
    if (found != acts.end() && --found->second.left == 0) found->second.what();
  }
  std::map<std::string, Act> acts;
};

struct PackedDepot {
  test::TempFolder top{test::TempFolder::Where::memory};
  const std::string path = top / "d", bundle = top / "b.jlb.tar.zst", leaf = path + "/" + kPackage;
  std::map<std::string, DepotItem> items;  // by path in the depot

  PackedDepot() { test::make_depot(path, "1.5.3-plain"); }

  // With the times of its files.
  static void copy(const std::string& from, const std::string& to) {
    REQUIRE(std::system(fmt::format("cp -a '{}' '{}'", from, to).c_str()) == 0);
  }
  // A copy of the package, with something else done to it.
  std::string other_package(const std::function<void(const std::string& folder)>& change) const {
    const std::string other = top / "other";
    copy(leaf, other);
    change(other);
    return other;
  }
  void put_in_place(const std::string& other) const {
    fs::rename(leaf, top / "away");
    fs::rename(other, leaf);
  }
  void pack(FileSystem& system) {
    PackOptions options;
    options.depot = path;
    options.output = bundle;
    options.rules.allow_build_scripts = options.artifacts = true;
    items.clear();
    const auto note = [&](const DepotItem& item) { items[item.path.substr(path.size() + 1)] = item; };
    pack_bundle(options, note, system);
  }
  // What came out of it elsewhere, by path.
  std::map<std::string, std::string> unpacked() const {
    UnpackOptions options;
    options.relocate.to = top / "s";
    options.relocate.rules.allow_build_scripts = true;
    unpack_bundle(bundle_file(bundle), options, [](const DepotItem&) {});
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(top / "s"))
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), top / "s")] = test::read_file(entry.path());
    return files;
  }
};

// The time of the file is kept.
void set_content(const std::string& path, const std::string& content) {
  const auto time = fs::last_write_time(path);
  test::write_file(path, content);
  fs::last_write_time(path, time);
}

}  // namespace

TEST_CASE("a package in whose place comes what Julia could not tell from it is packed as it was judged") {
  PackedDepot depot;
  depot.pack(real_file_system());
  const std::string undisturbed = test::read_file(depot.bundle);
  const auto [file, more] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                      {"data/table.csv", ""},
                                                                      {"src/Leaf.jl", ""},
                                                                      {"data/table.csv", "more"},
                                                                      {"Project.toml", "#"}}));
  const std::string other = depot.other_package([&, file = file, more = more](const std::string& folder) {
    if (file.empty()) return;
    std::string content = test::read_file(folder + "/" + file) + more;
    content.at(1) ^= 1;
    set_content(folder + "/" + file, content);
  });
  Meanwhile system({{kImage, {kToBeJudged, [&] { depot.put_in_place(other); }}}});
  depot.pack(system);
  REQUIRE(fs::exists(depot.top / "away"));
  CHECK(test::read_file(depot.bundle) == undisturbed);
}

TEST_CASE(
    "a package that another takes the place of is packed as it was judged, and no image that met the other") {
  PackedDepot depot;
  const std::string source = "src/Leaf.jl", judged = test::read_file(depot.leaf + "/" + source);
  const bool in_time = GENERATE(true, false);
  const std::string other = depot.other_package([&](const std::string& folder) {
    if (in_time)
      set_content(folder + "/" + source, judged + "x");
    else
      test::write_file(folder + "/" + source, judged);
  });
  Meanwhile system({{kImage, {kToBeJudged, [&] { depot.put_in_place(other); }}}});
  depot.pack(system);
  REQUIRE(fs::exists(depot.top / "away"));
  CHECK(depot.items.at(kPackage).status == DepotItemStatus::kept);
  const DepotItem& image = depot.items.at(kImage);
  CHECK(image.status == DepotItemStatus::dropped);
  CHECK(image.reasons.at(0).message.find(source) != std::string::npos);
  const auto files = depot.unpacked();
  CHECK(files.at(kPackage + ("/" + source)) == judged);
  std::vector<std::string> images;
  for (const auto& [path, content] : files)
    if (path.ends_with(".ji")) images.push_back(path);
  CHECK(images == std::vector<std::string>{"compiled/v1.5/Prefs/RmJqr_k5y5r.ji"});  // all others rest on it
}

TEST_CASE("what is too large to be kept and is exchanged after it was judged ends the run without a bundle") {
  PackedDepot depot;
  const std::string made = depot.top / "made", other = depot.top / "other", file = made + "/large";
  test::write_file(file, "");
  fs::resize_file(file, (uint64_t{128} << 20) + 1);
  const std::string artifact = depot.path + "/artifacts/" + sha1_text(tree_hash(made).hash);
  test::make_folders(depot.path + "/artifacts");
  PackedDepot::copy(made, other);
  const auto time = fs::last_write_time(file);
  std::fstream(other + "/large", std::ios::in | std::ios::out) << 'x';
  fs::last_write_time(other + "/large", time);
  fs::rename(made, artifact);
  const bool is_there = GENERATE(false, true);
  if (is_there) test::write_file(depot.bundle, "old");
  Meanwhile system({{kImage, {kToBeJudged, [&] {
                                fs::rename(artifact, depot.top / "away");
                                fs::rename(other, artifact);
                              }}}});
  try {
    depot.pack(system);
    FAIL("it was packed");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::conflict);
    CHECK(error.file() == artifact + "/large");
    CHECK_THAT(error.what(), Catch::Contains("it changed while it was packed"));
  }
  REQUIRE(fs::exists(depot.top / "away"));
  CHECK((is_there ? test::read_file(depot.bundle) == "old" : !fs::exists(depot.bundle)));
  CHECK(depot.top.names().size() == (is_there ? 3 : 2));  // the depot, what was in it, and the old bundle
}

TEST_CASE("a package that was judged under another name is packed only where it is what its own name says") {
  PackedDepot depot;
  const std::string shorter = depot.leaf.substr(0, depot.leaf.size() - 1), data = "data/table.csv";
  const bool is_other = GENERATE(false, true);
  PackedDepot::copy(depot.leaf, shorter);
  const std::string judged = test::read_file(depot.leaf + "/" + data);
  const std::string other = depot.other_package([&](const std::string& folder) {
    if (is_other) set_content(folder + "/" + data, judged + "x");
  });
  // The folder that was hashed as the one is found as the other, until that is listed.
  const auto rename_judged = [&] {
    fs::remove_all(depot.leaf);
    fs::rename(shorter, depot.leaf);
  };
  Meanwhile system({{"shapes.jl", {1, rename_judged}}, {kPackage, {1, [&] { depot.put_in_place(other); }}}});
  depot.pack(system);
  REQUIRE(fs::exists(depot.top / "away"));
  const DepotItem& item = depot.items.at(kPackage);
  CHECK(item.status == (is_other ? DepotItemStatus::conflict : DepotItemStatus::kept));
  if (is_other) CHECK(item.reasons.at(0).message == item.path + ": it changed while it was packed");
  const auto files = depot.unpacked();
  CHECK(files.contains(kPackage + ("/" + data)) == !is_other);
}

}  // namespace jireloc
