#include "jireloc/proof.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "base/work.hpp"
#include "depot/git_tree.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"
#include "support/corpus.hpp"
#include "support/corpus_depot.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;
using How = Proof::How;

namespace {

// A depot of the corpus, unpacked with its times, and one image of it.
struct CorpusDepot {
  explicit CorpusDepot(const std::string& folder, const std::string& package = "Leaf") {
    test::unpack_packages(folder, temp.path());
    for (const test::CorpusImage& candidate : test::corpus_images()) {
      if (candidate.folder == folder && candidate.ji.parent_path().filename() == package)
        image = candidate.ji;
    }
    file = read_cache_file(*open_file(image.string()));
  }

  const Dependency& dependency(std::string_view suffix) const {
    for (const Dependency& dependency : file.dependencies) {
      if (dependency.path.ends_with(suffix)) return dependency;
    }
    throw std::runtime_error("not recorded: " + std::string(suffix));
  }

  // Where a recorded file lies in the unpacked depot.
  std::string actual(const Dependency& dependency) const {
    return temp / dependency.path.substr(dependency.path.find("packages/"));
  }

  Proof prove(std::string_view suffix, std::optional<std::string> old = {}) {
    const Dependency& found = dependency(suffix);
    return jireloc::prove(file, found, actual(found), old, cache);
  }

  test::TempFolder temp;
  std::filesystem::path image;
  CacheFile file;
  ProofCache cache;
};

void append(const std::string& path, const std::string& text) {
  test::write_file(path, test::read_file(path) + text);
}

}  // namespace

TEST_CASE("every source of every image of the corpus is proven where it was unpacked") {
  for (const char* folder :
       {"1.5.3-plain", "1.8.2-plain", "1.10.8-split", "1.12.5-split", "1.14.0-DEV-plain"}) {
    for (const char* package : {"Leaf", "Mid", "Top", "Prefs", "Big"}) {
      CorpusDepot depot(folder, package);
      for (const Dependency& dependency : depot.file.dependencies) {
        if (dependency.is_require()) continue;
        INFO(folder << " " << dependency.path);
        const bool has_text = depot.file.find_source_text(dependency.path) != nullptr;
        const Proof proof = prove(depot.file, dependency, depot.actual(dependency), {}, depot.cache);
        CHECK(proof.proven());
        CHECK(proof.how == (has_text                              ? How::stored_text
                            : depot.file.layout->content_tracking ? How::content_hash
                                                                  : How::tree_slug));
      }
    }
  }
}

TEST_CASE("an edited source with its mtime put back is not proven") {
  CorpusDepot depot("1.10.8-plain");
  const std::string path = depot.actual(depot.dependency("shapes.jl"));
  std::string text = test::read_file(path);
  text[10] ^= 1;
  test::write_file(path, text);
  const Proof proof = depot.prove("shapes.jl", path);
  CHECK(proof.how == How::none);
  CHECK_FALSE(proof.absent);
  CHECK(proof.reason == "it differs from the source text stored in the image");
}

TEST_CASE(
    "an include_dependency file is not proven by the folder's slug once anything in the folder changed") {
  CorpusDepot depot("1.10.8-plain");
  CHECK(depot.prove("table.csv").how == How::tree_slug);
  append(depot.actual(depot.dependency("Leaf.jl")), "# edited\n");
  ProofCache fresh;
  const Dependency& csv = depot.dependency("table.csv");
  CHECK_FALSE(prove(depot.file, csv, depot.actual(csv), {}, fresh).proven());
}

TEST_CASE("where content is tracked a file is proven by size and checksum, whatever its folder") {
  CorpusDepot depot("1.12.5-plain");
  const std::string csv = depot.actual(depot.dependency("table.csv"));
  append(depot.actual(depot.dependency("Leaf.jl")), "# edited\n");
  CHECK(depot.prove("table.csv").how == How::content_hash);
  append(csv, "x");
  CHECK(depot.prove("table.csv").reason.starts_with("its size is 24, recorded is 23"));
}

TEST_CASE("the file at the old place proves only with the recorded mtime and equal bytes") {
  CorpusDepot depot("1.10.8-plain");
  const Dependency& csv = depot.dependency("table.csv");
  append(depot.actual(depot.dependency("Leaf.jl")), "# edited\n");  // no proof by slug
  const std::string old = depot.temp / "old.csv";
  std::filesystem::copy_file(depot.actual(csv), old);
  CHECK_FALSE(depot.prove("table.csv", old).proven());  // now, not then
  REQUIRE(std::system(("touch -r '" + depot.actual(csv) + "' '" + old + "'").c_str()) == 0);
  CHECK(depot.prove("table.csv", old).how == How::old_file);
  append(depot.actual(csv), "x,1\n");
  CHECK_FALSE(depot.prove("table.csv", old).proven());
}

TEST_CASE("a source that is not there is absent, which is not disproven") {
  CorpusDepot depot("1.10.8-plain");
  std::filesystem::remove(depot.actual(depot.dependency("shapes.jl")));
  const Proof proof = depot.prove("shapes.jl");
  CHECK(proof.absent);
  CHECK_FALSE(proof.proven());
}

namespace {

// A package folder whose name is what its tree hash gives, and an image that records files of it without
// text.
struct SluggedFolder {
  // `fill` writes what is in the folder given.
  template <typename Fill>
  explicit SluggedFolder(Fill fill) {
    file.layout = &layouts()[0];
    file.worklist.push_back({"P", {1, 2}, 3});
    const std::string built = temp / "built";
    test::make_folders(built);
    fill(built);
    folder = temp / ("packages/P/" + version_slug({1, 2}, tree_hash(built).hash, 5));
    test::make_folders(temp / "packages/P");
    std::filesystem::rename(built, folder);
  }
  Proof prove(const std::string& below) {
    Dependency dependency;
    dependency.path = "/old/packages/P/abcde/" + below;
    return jireloc::prove(file, dependency, folder + "/" + below, {}, cache);
  }

  test::TempFolder temp;
  std::string folder;
  CacheFile file;
  ProofCache cache;
};

}  // namespace

TEST_CASE("a link in a package folder proves only what lies in the same folder") {
  const test::TempFolder elsewhere;
  test::write_file(elsewhere / "data.csv", "anything");
  SluggedFolder package([&](const std::string& folder) {
    test::write_file(folder + "/inside.csv", "1,2");
    std::filesystem::create_symlink("inside.csv", folder + "/link.csv");
    std::filesystem::create_symlink(elsewhere / "data.csv", folder + "/out.csv");
    std::filesystem::create_directory_symlink(elsewhere.path(), folder + "/out");
  });
  CHECK(package.prove("inside.csv").how == How::tree_slug);
  CHECK(package.prove("link.csv").how == How::tree_slug);
  CHECK_FALSE(package.prove("out.csv").proven());
  CHECK_FALSE(package.prove("out/data.csv").proven());
}

TEST_CASE("a path that climbs out of a package folder is not proven by it") {
  SluggedFolder package(
      [](const std::string& folder) { test::write_file(folder + "/src/P.jl", "module P end"); });
  test::write_file(package.temp / "packages/other.csv", "anything");
  CHECK(package.prove("src/../src/P.jl").how == How::tree_slug);
  CHECK_FALSE(package.prove("../../other.csv").proven());
}

TEST_CASE("what lies in a .git, which a tree hash leaves out, is not proven by it") {
  SluggedFolder package([](const std::string& folder) {
    test::write_file(folder + "/src/P.jl", "module P end");
    test::write_file(folder + "/.git/hooks.jl", "anything");
  });
  CHECK(package.prove("src/P.jl").how == How::tree_slug);
  CHECK_FALSE(package.prove(".git/hooks.jl").proven());
}

TEST_CASE("many threads that ask for one folder get one tree hash") {
  CorpusDepot depot("1.10.8-plain");
  const std::string folder = package_folder_of(depot.actual(depot.dependency("Leaf.jl")))->folder;
  std::vector<const ProofCache::Tree*> trees(8);
  std::vector<std::thread> threads;
  for (auto& tree : trees) threads.emplace_back([&] { tree = &depot.cache.tree(folder); });
  for (std::thread& thread : threads) thread.join();
  for (const auto* tree : trees) CHECK(tree == trees[0]);
  CHECK(trees[0]->hash);
}

TEST_CASE("what is no fault of the folder's is thrown on, and is no answer for whoever asks next") {
  ProofCache cache;
  bool has_memory = false;
  cache.hash_by([&](const std::string&, const TreeLimits&) {
    if (!has_memory) throw std::bad_alloc();
    return TreeHash{};
  });
  CHECK_THROWS_AS(cache.tree("/folder"), std::bad_alloc);
  has_memory = true;
  CHECK(cache.tree("/folder").hash);
}

TEST_CASE("a folder that cannot be hashed says why and proves nothing") {
  ProofCache cache;
  const FolderVerdict verdict =
      judge_package_folder("/nonexistent/packages/A/AAAAA", "AAAAA", Uuid{1, 2}, cache);
  CHECK_FALSE(verdict.unmodified);
  CHECK(verdict.problem.message.find("No such file") != std::string::npos);
}

TEST_CASE("the checksum of a folder is that of its sorted entry names") {
  const test::TempFolder temp;
  for (const char* name : {"b", "a", ".c"}) test::write_file(temp / name, "x");
  test::write_file(temp / "file", "");
  std::filesystem::remove(temp / "file");
  CHECK(content_crc(temp.path(), true) == crc32c::value(".cab"));
}

TEST_CASE("where content is tracked another content of the same size is told by its checksum") {
  CorpusDepot depot("1.12.5-plain");
  const std::string csv = depot.actual(depot.dependency("table.csv"));
  std::string text = test::read_file(csv);
  text[0] ^= 1;
  test::write_file(csv, text);
  const Proof proof = depot.prove("table.csv");
  CHECK_FALSE(proof.proven());
  CHECK(proof.reason.find("its CRC-32C is ") == 0);
}

TEST_CASE("a folder that has no tree hash proves nothing, and the reason says what is in the way") {
  CorpusDepot depot("1.10.8-plain");
  const std::string csv = depot.actual(depot.dependency("table.csv"));
  const std::string pipe = csv.substr(0, csv.rfind('/')) + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const Proof proof = depot.prove("table.csv");
  CHECK_FALSE(proof.proven());
  CHECK(proof.reason.find("has no tree hash") != std::string::npos);
  CHECK(proof.reason.find("a socket, pipe or device") != std::string::npos);
}

TEST_CASE("a package whose project file cannot be read proves nothing, and says so instead of failing") {
  CorpusDepot depot("1.10.8-plain");
  const Dependency csv = depot.dependency("table.csv");
  const std::string path = depot.actual(csv);
  depot.file.worklist.clear();  // its UUID is in the project file only
  const std::string folder = path.substr(0, path.find("/data/"));
  test::write_file(folder + "/Project.toml", "name = [");
  const Proof proof = prove(depot.file, csv, path, std::nullopt, depot.cache);
  CHECK_FALSE(proof.proven());
  CHECK(proof.reason.find("Project.toml") != std::string::npos);
}

TEST_CASE("ways of proof have the names of the reports") {
  CHECK(name(How::none) == "none");
  CHECK(name(How::stored_text) == "stored-text");
  CHECK(name(How::content_hash) == "content-hash");
  CHECK(name(How::tree_slug) == "tree-slug");
  CHECK(name(How::old_file) == "old-file");
}

TEST_CASE("a folder that costs more than an item may is not known, and each folder is counted for itself") {
  struct Limited {
    Limited() {
      WorkLimits limits;
      limits.hashed = 1000;
      set_work_limits(limits);
    }
    ~Limited() { set_work_limits({}); }
  } const limited;
  const test::TempFolder temp;
  for (const std::string name : {"one", "two"}) {
    std::filesystem::create_directory(temp / name);
    test::write_file(temp / (name + "/a"), std::string(600, 'x'));
  }
  std::filesystem::create_directory(temp / "large");
  for (const std::string name : {"large/a", "large/b"}) test::write_file(temp / name, std::string(600, 'x'));

  const ItemWork item;
  ProofCache cache;
  CHECK(cache.tree(temp / "one").hash);
  CHECK(cache.tree(temp / "two").hash);
  const ProofCache::Tree& large = cache.tree(temp / "large");
  CHECK_FALSE(large.hash);
  CHECK(large.problem.code == Code::too_large);
  CHECK_FALSE(is_disproof(large.problem.code));
  CHECK(large.problem.fix == Fix(fix::Choose{Setting::limit, "hashed"}));
  CHECK_NOTHROW(spend_hashed(1000, "what the item itself may still cost"));
  CHECK_THROWS_AS(spend_hashed(1, "and no more"), Error);
}

TEST_CASE("A folder is hashed once, however it is spelled") {
  const test::TempFolder temp;
  test::write_file(temp / "packages/M/abcde/src/M.jl", "module M end");
  ProofCache cache;
  const ProofCache::Tree* tree = &cache.tree(temp / "packages/M/abcde");
  CHECK(tree->hash.has_value());
  for (const char* spelling : {"packages/./M/abcde", "packages//M/././abcde", "packages/M/../M/abcde"})
    CHECK(&cache.tree(temp / spelling) == tree);
  CHECK(&cache.tree(temp / "packages/M/abcde/src") != tree);
}

TEST_CASE("folders are hashed, each once, by what a cache was told to hash them by") {
  const test::TempFolder temp;
  test::write_file(temp / "a/file", "a");
  std::vector<std::string> asked;
  ProofCache cache({.most_entries = 7});
  cache.hash_by([&](const std::string& folder, const TreeLimits& limits) {
    CHECK(limits.most_entries == 7);
    asked.push_back(folder);
    if (!file_status(folder).exists()) throw Error(ErrorKind::unsupported, "it has no hash", folder);
    TreeHash hash;
    hash.hash[0] = 7;
    return hash;
  });
  for (int i = 0; i < 2; ++i) {
    REQUIRE(cache.tree(temp / "a").hash);
    CHECK(cache.tree(temp / "a").hash->hash[0] == 7);
    CHECK(cache.tree(temp / "none").problem.code == Code::unsupported);
  }
  CHECK(asked == std::vector<std::string>{temp / "a", temp / "none"});
}

TEST_CASE("what a cache knows of a file is held against the image instead of what would be read") {
  const bool has_bytes = GENERATE(true, false);
  for (const char* suffix : {"Leaf.jl", "table.csv"}) {
    CorpusDepot depot("1.12.5-plain");
    const std::string path = depot.actual(depot.dependency(suffix)), content = test::read_file(path);
    std::string known = content;
    uint64_t asked = 0;
    depot.cache.know_by([&](const std::string& of, const FileStatus& status) -> std::optional<KnownContent> {
      CHECK(of == path);
      CHECK(status.size == content.size());
      ++asked;
      if (has_bytes) return KnownContent{known};
      return KnownContent{{}, git_blob(known), crc32c::value(known)};
    });
    std::string other = content;
    other[0] = static_cast<char>(other[0] ^ 1);
    test::write_file(path, other);
    CHECK(depot.prove(suffix).proven());
    known = other;
    test::write_file(path, content);
    CHECK(!depot.prove(suffix).proven());
    CHECK(asked == 2);
    CHECK(content_crc(path, file_status(path), nullptr) == crc32c::value(content));
    CHECK(content_crc(path, file_status(path), &depot.cache) == crc32c::value(other));
  }
}
