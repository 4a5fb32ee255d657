#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "bytes/batch.hpp"
#include "bytes/transaction.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::FaultFigures;
using test::FaultRun;
using test::read_file;
using test::TempFolder;
using test::write_file;

namespace {

const std::string kOldLibrary = "old library " + std::string(3000, 'l');
const std::string kNewLibrary = "new library " + std::string(3000, 'm');
const std::string kOldImage = "old image " + std::string(5000, 'i');
const std::string kNewImage = "new image " + std::string(5000, 'i');

// A pair and a second name of the image, in a fresh folder for every run.
struct Scene {
  std::unique_ptr<TempFolder> folder;
  void prepare() {
    folder = std::make_unique<TempFolder>();
    write_file(*folder / "a.so", kOldLibrary);
    write_file(*folder / "a.ji", kOldImage);
    REQUIRE(::link((*folder / "a.ji").c_str(), (*folder / "b.ji").c_str()) == 0);
    ::setxattr((*folder / "a.ji").c_str(), "user.origin", "farm", 4, 0);
  }
  // Writes the new pair in every way that a NewFile knows.
  Transaction rewrite(FileSystem& system) const {
    const int old_fd =
        retried([&] { return system.open(AT_FDCWD, (*folder / "a.ji").c_str(), O_RDONLY, 0); });
    checked(old_fd, "open", *folder / "a.ji");
    const Descriptor old(system, old_fd);
    Transaction transaction(system);
    NewFile& library = transaction.create(*folder / "a.so");
    library.write(kNewLibrary);
    NewFile& image = transaction.create(*folder / "a.ji");
    image.keep(old.get(), {});
    image.write("new image ");
    image.copy_from(old.get(), 10, kOldImage.size() - 10);
    image.pwrite(0, "new");
    transaction.link(image, *folder / "b.ji");
    return transaction;
  }
  // Every file whole; all old after an error, all new otherwise; nothing else in the folder.
  void check(const FaultRun& run) const {
    INFO(run.description());
    const bool after_renames = run.message.find("the files are in place") != std::string::npos ||
                               run.message.find("syncfs") != std::string::npos;
    if (!(run.threw && after_renames)) {
      CHECK((read_file(*folder / "a.so") == kNewLibrary) == !run.threw);
      CHECK((read_file(*folder / "a.ji") == kNewImage) == !run.threw);
    }
    CHECK((read_file(*folder / "a.so") == kNewLibrary || read_file(*folder / "a.so") == kOldLibrary));
    CHECK((read_file(*folder / "a.ji") == kNewImage || read_file(*folder / "a.ji") == kOldImage));
    CHECK(read_file(*folder / "a.ji") == read_file(*folder / "b.ji"));
    CHECK((read_file(*folder / "a.so") == kNewLibrary) == (read_file(*folder / "a.ji") == kNewImage));
    CHECK(folder->names() == std::vector<std::string>{"a.ji", "a.so", "b.ji"});
    if (run.threw) {
      CHECK(run.kind == ErrorKind::io);
      CHECK(run.message.find('\n') == std::string::npos);
    }
  }
};

void print(const char* what, const FaultFigures& figures) {
  std::string calls;
  for (const auto& [call, count] : figures.by_call) calls += fmt::format(" {} {}", call, count);
  fmt::print("faults, {}: {} call sites, {} faults tried, {} of them ended with an error;{}\n", what,
             figures.sites, figures.tried, figures.errors, calls);
}

}  // namespace

TEST_CASE(
    "whichever call of a commit fails, every file is whole, the pair matches and no temporary file stays") {
  const auto durability = GENERATE(Durability::full, Durability::batch, Durability::none);
  Scene scene;
  const auto figures = test::try_all_faults(
      [&] { scene.prepare(); }, [&](FileSystem& system) { scene.rewrite(system).commit(durability); },
      [&](const FaultRun& run) { scene.check(run); });
  print(durability == Durability::full    ? "one commit, full"
        : durability == Durability::batch ? "one commit, batch"
                                          : "one commit, none",
        figures);
  CHECK(figures.sites > 20);
  CHECK(figures.errors > figures.tried / 2);
}

TEST_CASE(
    "whichever call of a batch fails, every file is whole, the pair matches and no temporary file stays") {
  Scene scene;
  const auto action = [&](FileSystem& system) {
    std::exception_ptr failed;
    Batch batch(Durability::batch, system);
    batch.add(scene.rewrite(system), [&](const Transaction&, std::exception_ptr error) { failed = error; });
    batch.finish();
    if (failed) std::rethrow_exception(failed);
  };
  const auto figures =
      test::try_all_faults([&] { scene.prepare(); }, action, [&](const FaultRun& run) { scene.check(run); });
  print("a batch", figures);
  CHECK(figures.by_call.contains("sync_file_system"));
}

TEST_CASE("whichever call fails while a target must not exist, nothing half-made is left") {
  std::unique_ptr<TempFolder> folder;
  const auto action = [&](FileSystem& system) {
    Transaction transaction(system);
    const TargetOptions fresh{.replace = false, .expect = {}, .mode = 0644};
    transaction.create(*folder / "a.so", fresh).write(kNewLibrary);
    transaction.create(*folder / "a.ji", fresh).write(kNewImage);
    transaction.commit(Durability::full);
  };
  const auto check = [&](const FaultRun& run) {
    INFO(run.description());
    const bool in_place = !run.threw || run.message.find("the files are in place") != std::string::npos;
    CHECK(folder->names() ==
          (in_place ? std::vector<std::string>{"a.ji", "a.so"} : std::vector<std::string>{}));
    if (in_place) CHECK(read_file(*folder / "a.ji") == kNewImage);
  };
  print("new names", test::try_all_faults([&] { folder = std::make_unique<TempFolder>(); }, action, check));
}
