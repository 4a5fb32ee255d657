#include "support/power_cut.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "bytes/batch.hpp"
#include "bytes/temporaries.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::PowerCutFileSystem;
using test::TempFolder;
using test::write_file;

namespace {

constexpr int kPairs = 4;
std::string content(const char* age, const std::string& name) {
  std::string text = fmt::format("{} {} ", age, name);
  while (text.size() < 2000) text += text;
  return text;
}

// What became of the files over many power cuts.
struct Tally {
  uint64_t states = 0, torn = 0, missing = 0, strangers = 0, old_files = 0, new_files = 0;
  void count(const PowerCutFileSystem::Contents& found) {
    ++states;
    for (int i = 0; i < kPairs; ++i) {
      for (const char* ending : {".so", ".ji"}) {
        const std::string name = std::to_string(i) + ending;
        const auto entry = found.find(name);
        if (entry == found.end()) {
          ++missing;
        } else if (entry->second == content("old", name)) {
          ++old_files;
        } else if (entry->second == content("new", name)) {
          ++new_files;
        } else {
          ++torn;
        }
      }
    }
    for (const auto& entry : found) {
      const bool ours = entry.first.ends_with(".so") || entry.first.ends_with(".ji");
      if (!ours && !is_temporary_name(entry.first)) ++strangers;
    }
  }
};

// Replaces every pair in one batch, then lets the power fail at every instant, `tries` times each.
struct Run {
  TempFolder folder;
  std::unique_ptr<PowerCutFileSystem> system;
  explicit Run(Durability durability) {
    for (int i = 0; i < kPairs; ++i) {
      for (const char* ending : {".so", ".ji"}) {
        write_file(folder / (std::to_string(i) + ending), content("old", std::to_string(i) + ending));
      }
    }
    system = std::make_unique<PowerCutFileSystem>(folder.path());
    Batch batch(durability, *system, 2 * 3);  // groups of three pairs
    for (int i = 0; i < kPairs; ++i)
      batch.add(replace_pair(std::to_string(i)), [](const auto&, auto error) { CHECK_FALSE(error); });
    batch.finish();
  }
  Transaction replace_pair(const std::string& stem) {
    Transaction transaction(*system);
    transaction.create(folder / (stem + ".so")).write(content("new", stem + ".so"));
    const std::string image = content("new", stem + ".ji");
    const Descriptor old(real_file_system(), ::open((folder / (stem + ".ji")).c_str(), O_RDONLY | O_CLOEXEC));
    NewFile& file = transaction.create(folder / (stem + ".ji"));
    file.copy_from(old.get(), 0, image.size());
    file.pwrite(0, image);
    return transaction;
  }
  Tally cut_everywhere(int tries) {
    Tally tally;
    for (size_t instant = 0; instant <= system->events(); ++instant) {
      for (int i = 0; i < tries; ++i) {
        std::mt19937_64 random(instant * 1000 + static_cast<uint64_t>(i));
        tally.count(system->after_cut(instant, random));
      }
    }
    return tally;
  }
  Tally cut_after_the_end(int tries) {
    Tally tally;
    for (int i = 0; i < tries; ++i) {
      std::mt19937_64 random(static_cast<uint64_t>(i));
      tally.count(system->after_cut(system->events(), random));
    }
    return tally;
  }
};

void print(const char* durability, const Run& run, const Tally& tally) {
  fmt::print("power cuts, {}: {} instants, {} states; files whole: {} old, {} new; torn {}, missing {}\n",
             durability, run.system->events() + 1, tally.states, tally.old_files, tally.new_files, tally.torn,
             tally.missing);
}

}  // namespace

TEST_CASE("a power cut at any instant leaves every file whole with --durability=full and batch") {
  const auto durability = GENERATE(Durability::full, Durability::batch);
  Run run(durability);
  const Tally tally = run.cut_everywhere(200);
  print(durability == Durability::full ? "full" : "batch", run, tally);
  CHECK(tally.torn == 0);
  CHECK(tally.missing == 0);
  CHECK(tally.strangers == 0);
  CHECK(tally.old_files > 1000);
  CHECK(tally.new_files > 1000);
}

TEST_CASE("what full and batch report as done survives a power cut") {
  const auto durability = GENERATE(Durability::full, Durability::batch);
  Run run(durability);
  const Tally tally = run.cut_after_the_end(200);
  CHECK(tally.old_files + tally.torn + tally.missing == 0);
  CHECK(tally.new_files == 200 * 2 * kPairs);
}

TEST_CASE("without syncs the simulated power cut does tear files, so that the tests above mean something") {
  Run run(Durability::none);
  const Tally tally = run.cut_everywhere(20);
  print("none", run, tally);
  CHECK(tally.torn > 0);
}
