// Every system call of a whole `rewrite` and a whole `relocate` fails in turn; every file stays whole.
#include <fcntl.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

#include "bytes/place.hpp"
#include "jireloc/batch_rewrite.hpp"
#include "relocate/prune.hpp"
#include "relocate/run.hpp"
#include "support/corpus.hpp"
#include "support/corpus_depot.hpp"
#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/image.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;
using test::FaultFigures;
using test::FaultRun;
using test::TempFolder;
namespace fs = std::filesystem;

namespace {

void say(const char* what, const FaultFigures& figures) {
  fmt::print("faults, {}: {} call sites, {} faults tried, {} runs ended with an error\n", what, figures.sites,
             figures.tried, figures.errors);
}

bool is_unnoticed(const FaultRun& run) {
  return run.fault == EINTR || run.fault == test::kShortTransfer;
}

std::vector<std::string> temporaries_below(const fs::path& top) {
  std::vector<std::string> found;
  if (!fs::exists(top)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(top))
    if (is_temporary_name(entry.path().filename().string())) found.push_back(entry.path().string());
  return found;
}

fs::path find_below(const fs::path& top, const std::string& folder, const std::string& suffix) {
  for (const auto& entry : fs::recursive_directory_iterator(top))
    if (entry.path().parent_path().filename() == folder && entry.path().extension() == suffix)
      return entry.path();
  throw std::runtime_error("no " + folder + "/*" + suffix + " below " + top.string());
}

// One pair of the corpus, in place.
struct Pair {
  const fs::path original = find_below(fs::path(JIRELOC_CORPUS) / "1.10.8-split", "Leaf", ".so");
  const std::string old_library = test::read_file(original.string());
  const std::string old_image = test::read_file(fs::path(original).replace_extension(".ji").string());
  std::unique_ptr<TempFolder> folder;
  std::string new_library, new_image;
  RewriteStatus status = RewriteStatus::unchanged;

  void prepare() {
    folder = std::make_unique<TempFolder>(TempFolder::Where::memory);
    test::write_file(*folder / "a.so", old_library);
    test::write_file(*folder / "a.ji", old_image);
  }
  void rewrite(FileSystem& system, Durability durability) {
    status = RewriteStatus::failed;
    BatchOptions options;
    options.rewrite.map.add({"/home/pkgeval/.julia", "/usr/share/julia"});
    options.durability = durability;
    const test::EmptyView nothing_there;
    BatchRewriter rewriter(options, nothing_there, system);
    const auto outcome =
        rewriter.rewrite({nullptr, place_of_file(*folder / "a.ji", system), nullptr, {}}, *folder / "a.ji");
    rewriter.finish();
    status = outcome->status;
  }
};

}  // namespace

TEST_CASE("whichever call of a rewrite fails, each file of the pair is the old one or the new one") {
  for (const Durability durability : {Durability::full, Durability::batch}) {
    Pair pair;
    pair.prepare();
    pair.rewrite(real_file_system(), durability);
    REQUIRE(pair.status == RewriteStatus::rewritten);
    pair.new_library = test::read_file(*pair.folder / "a.so");
    pair.new_image = test::read_file(*pair.folder / "a.ji");
    REQUIRE(pair.new_library != pair.old_library);
    const auto check = [&](const FaultRun& run) {
      INFO(run.description());
      const std::string library = test::read_file(*pair.folder / "a.so"),
                        image = test::read_file(*pair.folder / "a.ji");
      CHECK((library == pair.old_library || library == pair.new_library));
      CHECK((image == pair.old_image || image == pair.new_image));
      CHECK((library == pair.new_library) == (image == pair.new_image));
      CHECK(pair.folder->names() == std::vector<std::string>{"a.ji", "a.so"});
      if (is_unnoticed(run)) CHECK(pair.status == RewriteStatus::rewritten);
      if (pair.status == RewriteStatus::rewritten) CHECK(image == pair.new_image);
    };
    const FaultFigures figures = test::try_all_faults(
        [&] { pair.prepare(); }, [&](FileSystem& system) { pair.rewrite(system, durability); }, check);
    say(durability == Durability::full ? "rewrite, full" : "rewrite, batch", figures);
    CHECK(figures.sites > 30);
  }
}

namespace {

// A fresh folder with a name so short that a place in it has room in the corpus' payloads.
struct ShortFolder {
  std::string path = fs::is_directory("/dev/shm") ? "/dev/shm/jXXXXXX" : "/tmp/jXXXXXX";
  ShortFolder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~ShortFolder() { fs::remove_all(path); }
  ShortFolder(const ShortFolder&) = delete;
  ShortFolder& operator=(const ShortFolder&) = delete;
};

// A depot of one package and its image, and an empty place beside it.
struct Depots {
  ShortFolder top;
  const std::string user = top.path + "/u", shared = top.path + "/s", pristine = top.path + "/p";
  std::vector<DepotItem> items;

  Depots() {
    test::unpack_packages("1.10.8-plain", pristine, {"Leaf"});
    test::copy_images("1.10.8-plain", pristine, {"Leaf"});
  }
  void prepare() {
    fs::remove_all(user);
    fs::remove_all(shared);
    fs::copy(pristine, user, fs::copy_options::recursive);
    items.clear();
  }
  void relocate(FileSystem& system, Durability durability, bool move) {
    items.clear();
    RelocateOptions options;
    options.from = user;
    options.to = shared;
    options.map.add({"/home/pkgeval/.julia", shared});  // where the image was compiled
    options.durability = durability;
    options.move = move;
    const ItemSink sink = [&](const DepotItem& item) { items.push_back(item); };
    relocating::relocate(options, sink, system);
  }
  bool all_well() const {
    return items.size() == 2 && items[0].status == DepotItemStatus::merged &&
           items[1].status == DepotItemStatus::relocated;
  }
  // What prune finds wrong with the target.
  std::vector<std::string> problems() const {
    std::vector<std::string> found;
    if (!fs::exists(shared)) return found;
    PruneOptions options;
    options.depot = shared;
    const ItemSink sink = [&](const DepotItem& item) {
      if (item.status != DepotItemStatus::kept)
        found.push_back(item.path + ": " + item.reasons.at(0).message);
    };
    relocating::prune(options, sink, real_file_system());
    return found;
  }
  bool has(const std::string& depot, const std::string& suffix) const {
    if (!fs::exists(depot)) return false;
    for (const auto& entry : fs::recursive_directory_iterator(depot))
      if (entry.is_regular_file() && entry.path().filename().string().ends_with(suffix)) return true;
    return false;
  }
};

// Another process is always an instant ahead: each folder is there when it is to be made, but for those that
// only one process knows of, temporary trees and what is in them.
struct RacedFileSystem : test::ForwardingFileSystem {
  RacedFileSystem() : ForwardingFileSystem(real_file_system()) {}
  int lost = 0;

  int make_folder(int folder, const char* path, mode_t mode) override {
    const std::string parent =
        folder == AT_FDCWD ? ""
                           : fs::read_symlink(fmt::format("/proc/self/fd/{}", folder)).filename().string();
    const bool is_private =
        is_temporary_name(parent) || is_temporary_name(fs::path(path).filename().string());
    if (!is_private && real_file_system().make_folder(folder, path, mode) == 0) ++lost;
    return ForwardingFileSystem::make_folder(folder, path, mode);
  }
};

void try_relocations(Durability durability, bool move, const char* what) {
  Depots depots;
  depots.prepare();
  depots.relocate(real_file_system(), durability, move);
  REQUIRE(depots.all_well());
  REQUIRE(depots.problems() == std::vector<std::string>{});
  const auto check = [&](const FaultRun& run) {
    INFO(run.description());
    CHECK(depots.problems() == std::vector<std::string>{});
    CHECK(temporaries_below(depots.shared) == std::vector<std::string>{});
    if (is_unnoticed(run)) CHECK(depots.all_well());
    // What could not be synced is never called done.
    const bool sync_failed = run.call == test::Call::sync_file_system || run.call == test::Call::sync;
    if (sync_failed && !is_unnoticed(run)) CHECK((run.threw || !depots.all_well()));
    // Nothing is lost: what the source no longer has, the target has.
    for (const char* file : {"shapes.jl", "Project.toml", ".ji"})
      CHECK((depots.has(depots.user, file) || depots.has(depots.shared, file)));
    if (!move) CHECK(depots.has(depots.user, ".ji"));
    // And the next run completes.
    depots.relocate(real_file_system(), durability, move);
    CHECK(depots.problems() == std::vector<std::string>{});
    CHECK(depots.has(depots.shared, ".ji"));
    CHECK(depots.has(depots.shared, "shapes.jl"));
  };
  const FaultFigures figures =
      test::try_all_faults([&] { depots.prepare(); },
                           [&](FileSystem& system) { depots.relocate(system, durability, move); }, check);
  say(what, figures);
  CHECK(figures.sites > 100);
}

}  // namespace

TEST_CASE("whichever call of a relocation fails, the target passes prune and the next run completes") {
  try_relocations(Durability::batch, false, "relocate, batch");
  try_relocations(Durability::full, false, "relocate, full");
}

TEST_CASE("whichever call of a moving relocation fails, nothing is lost") {
  try_relocations(Durability::batch, true, "relocate --move");
}

TEST_CASE("a relocation whose folders another process makes first goes on in them") {
  Depots depots;
  depots.prepare();
  RacedFileSystem raced;
  depots.relocate(raced, Durability::batch, false);
  CHECK(raced.lost >= 5);  // the depot, packages, packages/Leaf, compiled, compiled/v1.10, ...
  CHECK(depots.all_well());
  CHECK(depots.problems() == std::vector<std::string>{});
}
