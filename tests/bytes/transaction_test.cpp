#include "bytes/transaction.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <utility>

#include "bytes/batch.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::read_file;
using test::TempFolder;
using test::write_file;

namespace {

using Names = std::vector<std::string>;

struct stat stat_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info;
}

ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return ErrorKind::io;
}

// Lets something happen just before the first rename to `name`.
class RenamedBefore final : public test::ForwardingFileSystem {
 public:
  RenamedBefore(std::string name, std::function<void()> happens)
      : ForwardingFileSystem(real_file_system()), name_(std::move(name)), happens_(std::move(happens)) {}
  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override {
    if (to == name_ && happens_) std::exchange(happens_, nullptr)();
    return ForwardingFileSystem::rename(from_folder, from, to_folder, to, flags);
  }

 private:
  std::string name_;
  std::function<void()> happens_;
};

}  // namespace

TEST_CASE("a committed transaction replaces all its targets and leaves nothing beside them") {
  const auto durability = GENERATE(Durability::full, Durability::batch, Durability::none);
  TempFolder folder;
  write_file(folder / "a.ji", "old a");
  write_file(folder / "a.so", "old library");
  Transaction transaction;
  transaction.create(folder / "a.so").write("new library");
  transaction.create(folder / "a.ji").write("new a");
  transaction.create(folder / "fresh.ji").write("fresh");
  CHECK(read_file(folder / "a.ji") == "old a");
  transaction.commit(durability);
  CHECK(read_file(folder / "a.ji") == "new a");
  CHECK(read_file(folder / "a.so") == "new library");
  CHECK(read_file(folder / "fresh.ji") == "fresh");
  CHECK(folder.names() == Names{"a.ji", "a.so", "fresh.ji"});
}

TEST_CASE("a transaction that is not committed leaves the targets alone and removes its temporary files") {
  TempFolder folder;
  write_file(folder / "a.ji", "old");
  {
    Transaction transaction;
    transaction.create(folder / "a.ji").write("new");
    REQUIRE(folder.names().size() == 2);
    CHECK(is_temporary_name(folder.names()[0]));
  }
  CHECK(folder.names() == Names{"a.ji"});
  CHECK(read_file(folder / "a.ji") == "old");
}

TEST_CASE("a target that must not exist is never overwritten") {
  TempFolder folder;
  write_file(folder / "a.ji", "theirs");
  {
    Transaction transaction;
    transaction.create(folder / "b.ji").write("first");
    transaction.create(folder / "a.ji", {.replace = false, .expect = {}, .mode = {}}).write("ours");
    CHECK(kind_of([&] { transaction.commit(Durability::none); }) == ErrorKind::conflict);
  }
  CHECK(read_file(folder / "a.ji") == "theirs");
  CHECK(folder.names() == Names{"a.ji"});
}

TEST_CASE("a later file that cannot be renamed puts the earlier ones back") {
  TempFolder folder;
  write_file(folder / "a.so", "old library");
  write_file(folder / "a.ji", "old");
  {
    Transaction transaction;
    transaction.create(folder / "a.so").write("new library");
    transaction.create(folder / "a.ji").write("new");
    ::unlink((folder / "a.ji").c_str());
    ::mkdir((folder / "a.ji").c_str(), 0700);
    CHECK(kind_of([&] { transaction.commit(Durability::none); }) == ErrorKind::io);
  }
  CHECK(read_file(folder / "a.so") == "old library");
  CHECK(folder.names() == Names{"a.ji", "a.so"});
}

TEST_CASE("a file that another process replaced meanwhile is a conflict") {
  TempFolder folder;
  write_file(folder / "a.ji", "as read");
  const FileIdentity identity = identity_of(stat_of(folder / "a.ji"));
  write_file(folder / "other", "by Julia");
  Transaction transaction;
  transaction.create(folder / "a.ji", {.replace = true, .expect = identity, .mode = {}}).write("new");
  REQUIRE(::rename((folder / "other").c_str(), (folder / "a.ji").c_str()) == 0);
  CHECK(kind_of([&] { transaction.commit(Durability::none); }) == ErrorKind::conflict);
  CHECK(read_file(folder / "a.ji") == "by Julia");
}

TEST_CASE(
    "a library that another process replaces between the check and the swap is put back, and no image "
    "follows") {
  TempFolder folder;
  write_file(folder / "a.so", "library as read");
  write_file(folder / "a.ji", "image as read");
  RenamedBefore system("a.so", [&] {
    write_file(folder / "other", "library of another process");
    REQUIRE(::rename((folder / "other").c_str(), (folder / "a.so").c_str()) == 0);
  });
  {
    Transaction transaction(system);
    for (const char* name : {"a.so", "a.ji"}) {
      const FileIdentity identity = identity_of(stat_of(folder / name));
      transaction.create(folder / name, {.replace = true, .expect = identity, .mode = {}}).write("new");
    }
    CHECK(kind_of([&] { transaction.commit(Durability::none); }) == ErrorKind::conflict);
  }
  CHECK(read_file(folder / "a.so") == "library of another process");
  CHECK(read_file(folder / "a.ji") == "image as read");
  CHECK(folder.names() == Names{"a.ji", "a.so"});
}

TEST_CASE("a symbolic link given by name is kept and its target replaced") {
  TempFolder folder;
  REQUIRE(::mkdir((folder / "real").c_str(), 0700) == 0);
  write_file(folder / "real/a.ji", "old");
  REQUIRE(::symlink("real/a.ji", (folder / "one").c_str()) == 0);
  REQUIRE(::symlink((folder / "one").c_str(), (folder / "two").c_str()) == 0);
  Transaction transaction;
  transaction.create(folder / "two").write("new");
  transaction.commit(Durability::none);
  CHECK(S_ISLNK(stat_of(folder / "two").st_mode));
  CHECK(S_ISLNK(stat_of(folder / "one").st_mode));
  CHECK(read_file(folder / "real/a.ji") == "new");
}

TEST_CASE("a loop of symbolic links and a target that is a folder are refused") {
  TempFolder folder;
  REQUIRE(::symlink("loop", (folder / "loop").c_str()) == 0);
  REQUIRE(::mkdir((folder / "folder").c_str(), 0700) == 0);
  Transaction transaction;
  CHECK(kind_of([&] { transaction.create(folder / "loop"); }) == ErrorKind::io);
  CHECK(kind_of([&] { transaction.create(folder / "folder"); }) == ErrorKind::unsupported);
}

TEST_CASE("below an open folder a planted symbolic link is replaced and never followed") {
  TempFolder folder;
  write_file(folder / "precious", "keep me");
  REQUIRE(::symlink("precious", (folder / "a.ji").c_str()) == 0);
  Transaction transaction;
  transaction.create_in(open_folder(real_file_system(), folder.path()), "a.ji").write("new");
  transaction.commit(Durability::none);
  CHECK(read_file(folder / "precious") == "keep me");
  CHECK(S_ISREG(stat_of(folder / "a.ji").st_mode));
  CHECK(kind_of([&] {
          transaction.create_in(open_folder(real_file_system(), folder.path()), "../escape");
        }) == ErrorKind::unsupported);
}

TEST_CASE("mode, times to the nanosecond and attributes of the old file are kept") {
  TempFolder folder;
  const std::string path = folder / "a.ji";
  write_file(path, "old");
  REQUIRE(::chmod(path.c_str(), 0751) == 0);
  const bool has_attributes = ::setxattr(path.c_str(), "user.origin", "farm", 4, 0) == 0;
  const timespec times[2] = {{1'500'000'001, 987'654'321}, {1'400'000'003, 123'456'789}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  const Descriptor old(real_file_system(), ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Transaction transaction;
  NewFile& file = transaction.create(path);
  file.keep(old.get(), {});
  file.write("new content");
  transaction.commit(Durability::none);
  const auto info = stat_of(path);
  CHECK((info.st_mode & 07777) == 0751);
  CHECK(info.st_mtim.tv_sec == 1'400'000'003);
  CHECK(info.st_mtim.tv_nsec == 123'456'789);
  CHECK(info.st_atim.tv_nsec == 987'654'321);
  CHECK(transaction.notes().empty());
  if (has_attributes) {
    char value[8] = {};
    CHECK(::getxattr(path.c_str(), "user.origin", value, sizeof value) == 4);
    CHECK(std::string_view(value) == "farm");
  }
}

TEST_CASE("owner and group of the old file are kept where the system lets us") {
  TempFolder folder;
  const std::string path = folder / "a.ji";
  write_file(path, "old");
  if (::geteuid() != 0 || ::chown(path.c_str(), 1234, 5678) != 0) {
    WARN("not run as root: owners are not tried");
    return;
  }
  const Descriptor old(real_file_system(), ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Transaction transaction;
  NewFile& file = transaction.create(path);
  file.keep(old.get(), {});
  transaction.commit(Durability::none);
  CHECK(stat_of(path).st_uid == 1234);
  CHECK(stat_of(path).st_gid == 5678);
}

TEST_CASE("a mode that is set is not narrowed by the umask") {
  TempFolder folder;
  const mode_t umask_before = ::umask(077);
  Transaction transaction;
  NewFile& file = transaction.create(folder / "a.ji", {.replace = true, .expect = {}, .mode = 0644});
  file.write("new");
  transaction.commit(Durability::none);
  ::umask(umask_before);
  CHECK((stat_of(folder / "a.ji").st_mode & 07777) == 0644);
}

TEST_CASE("bytes are streamed, copied from a part of another file, and patched, in any order") {
  TempFolder folder;
  std::string content(3'000'000, 'x');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 2654435761U >> 13);
  write_file(folder / "from", content);
  const Descriptor from(real_file_system(), ::open((folder / "from").c_str(), O_RDONLY | O_CLOEXEC));
  Transaction transaction;
  NewFile& file = transaction.create(folder / "to");
  file.write("head");
  file.copy_from(from.get(), 1000, 2'500'000);
  file.write("tail");
  file.pwrite(1, "EA");
  CHECK(file.size() == 2'500'008);
  transaction.commit(Durability::none);
  CHECK(read_file(folder / "to") == "hEAd" + content.substr(1000, 2'500'000) + "tail");
}

TEST_CASE("copying past the end of a file is an error, not a short file") {
  TempFolder folder;
  write_file(folder / "from", "0123456789");
  const Descriptor from(real_file_system(), ::open((folder / "from").c_str(), O_RDONLY | O_CLOEXEC));
  Transaction transaction;
  NewFile& file = transaction.create(folder / "to");
  CHECK(kind_of([&] { file.copy_from(from.get(), 5, 6); }) == ErrorKind::truncated);
}

TEST_CASE("a clone shares blocks and can be patched, or says that the file system cannot") {
  TempFolder folder;
  write_file(folder / "from", std::string(10'000, 'x'));
  const Descriptor from(real_file_system(), ::open((folder / "from").c_str(), O_RDONLY | O_CLOEXEC));
  Transaction transaction;
  NewFile& file = transaction.create(folder / "to");
  if (!file.clone_from(from.get())) {
    CHECK(file.size() == 0);
    file.copy_from(from.get(), 0, 10'000);
  }
  file.pwrite(5, "yy");
  transaction.commit(Durability::none);
  CHECK(read_file(folder / "to") == "xxxxxyy" + std::string(9'993, 'x'));
  CHECK(read_file(folder / "from") == std::string(10'000, 'x'));
}

TEST_CASE("names of one inode are one inode again after the change") {
  TempFolder folder;
  write_file(folder / "a.ji", "old");
  REQUIRE(::link((folder / "a.ji").c_str(), (folder / "b.ji").c_str()) == 0);
  Transaction transaction;
  NewFile& file = transaction.create(folder / "a.ji");
  file.write("new");
  transaction.link(file, folder / "b.ji");
  transaction.commit(Durability::none);
  CHECK(read_file(folder / "b.ji") == "new");
  CHECK(stat_of(folder / "a.ji").st_ino == stat_of(folder / "b.ji").st_ino);
  CHECK(stat_of(folder / "a.ji").st_nlink == 2);
  CHECK(folder.names() == Names{"a.ji", "b.ji"});
}

TEST_CASE("linking an existing file over itself leaves no temporary name") {
  TempFolder folder;
  write_file(folder / "a.so", "library");
  const auto open = open_folder(real_file_system(), folder.path());
  for (int round = 0; round < 2; ++round) {
    Transaction transaction;
    REQUIRE(transaction.share_in(*open, "a.so", stat_of(folder / "a.so"), open, "b.so") != nullptr);
    transaction.commit(Durability::none);
  }
  CHECK(folder.names() == Names{"a.so", "b.so"});
  CHECK(stat_of(folder / "a.so").st_nlink == 2);
}
