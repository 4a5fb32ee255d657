// Kernels and file systems that lack what we would rather use.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::read_file;
using test::TempFolder;
using test::write_file;

namespace {

// No flags of renameat2, no clones, no copying in the kernel, no attributes.
class PlainFileSystem final : public test::ForwardingFileSystem {
 public:
  explicit PlainFileSystem(int refusal) : ForwardingFileSystem(real_file_system()), refusal_(refusal) {}
  int rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) override {
    return flags != 0 ? refusal_ : ForwardingFileSystem::rename(from_folder, from, to_folder, to, flags);
  }
  ssize_t copy_range(int, off_t, int, size_t) override { return refusal_ == -EINVAL ? -EXDEV : refusal_; }
  int clone(int, int) override { return -EOPNOTSUPP; }
  ssize_t list_attributes(int, char*, size_t) override { return -EOPNOTSUPP; }
  int remove_attribute(int, const char*) override { return -EOPNOTSUPP; }

 private:
  int refusal_;
};

using Opener = std::function<int(int, const char*, int)>;

}  // namespace

TEST_CASE("a transaction works where the kernel can neither exchange names nor copy") {
  PlainFileSystem system(GENERATE(-EINVAL, -ENOSYS));
  TempFolder folder;
  write_file(folder / "a.so", "old library");
  write_file(folder / "a.ji", std::string(600'000, 'i'));
  Transaction transaction(system);
  transaction.create(folder / "a.so").write("new library");
  const Descriptor old(system, ::open((folder / "a.ji").c_str(), O_RDONLY | O_CLOEXEC));
  NewFile& image = transaction.create(folder / "a.ji");
  CHECK_FALSE(image.clone_from(old.get()));
  image.keep(old.get(), {});
  image.copy_from(old.get(), 1, 599'999);
  transaction.commit(Durability::full);
  CHECK(read_file(folder / "a.so") == "new library");
  CHECK(read_file(folder / "a.ji") == std::string(599'999, 'i'));
  CHECK(folder.names() == std::vector<std::string>{"a.ji", "a.so"});
  CHECK(transaction.notes().empty());
}

TEST_CASE("nothing is overwritten where RENAME_NOREPLACE is missing, neither files nor folders") {
  PlainFileSystem system(-EINVAL);
  TempFolder folder;
  const auto here = open_folder(system, folder.path());
  for (const char* name : {"new", "taken"}) {
    const bool taken = std::string(name) == "taken";
    for (const bool is_folder : {false, true}) {
      const std::string to = std::string(name) + (is_folder ? "-folder" : "-file");
      if (is_folder) {
        std::filesystem::create_directories(folder / "from/inside");
        if (taken) std::filesystem::create_directories(folder / (to + "/theirs"));
      } else {
        write_file(folder / "from", "ours");
        if (taken) write_file(folder / to, "theirs");
      }
      const auto rename = [&] {
        rename_new(system, here->fd(), "from", here->fd(), to.c_str(), is_folder, folder / to);
      };
      if (taken) {
        CHECK_THROWS_AS(rename(), Error);
        CHECK(std::filesystem::exists(folder / "from"));
        CHECK((is_folder ? std::filesystem::exists(folder / (to + "/theirs"))
                         : read_file(folder / to) == "theirs"));
        std::filesystem::remove_all(folder / "from");
      } else {
        rename();
        CHECK_FALSE(std::filesystem::exists(folder / "from"));
        CHECK((is_folder ? std::filesystem::exists(folder / (to + "/inside"))
                         : read_file(folder / to) == "ours"));
      }
    }
  }
}

TEST_CASE("opening below a folder never leaves it or follows a link, with openat2 and without") {
  const Opener by_openat2 = [](int folder, const char* path, int flags) {
    return real_file_system().open_beneath(folder, path, flags, 0600);
  };
  const Opener by_components = [](int folder, const char* path, int flags) {
    return open_beneath_by_components(folder, path, flags, 0600);
  };
  const Opener& open = GENERATE_REF(by_openat2, by_components);
  TempFolder folder;
  std::filesystem::create_directories(folder / "top/a/b");
  write_file(folder / "top/a/b/file", "inside");
  write_file(folder / "outside", "outside");
  std::filesystem::create_symlink("a", folder / "top/to-a");
  std::filesystem::create_symlink("file", folder / "top/a/b/to-file");
  std::filesystem::create_symlink(folder.path(), folder / "top/out");
  const Descriptor top(real_file_system(),
                       ::open((folder / "top").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto opens = [&](const std::string& path, int flags = O_RDONLY) {
    const Descriptor fd(real_file_system(), open(top.get(), path.c_str(), flags));
    return static_cast<bool>(fd);
  };
  for (const char* path : {"a/b/file", "a//b///file", "./a/b/file", ".", "a", "a/b/"}) {
    INFO(path);
    CHECK(opens(path));
  }
  CHECK(opens("a/new", O_WRONLY | O_CREAT | O_EXCL));
  CHECK(std::filesystem::exists(folder / "top/a/new"));
  for (const std::string& path :
       {std::string("to-a/b/file"), std::string("to-a"), std::string("a/b/to-file"),
        std::string("out/outside"), std::string("../outside"), std::string("a/../../outside"),
        folder / "outside", std::string(), std::string("a/b/file/"), std::string("none")}) {
    INFO(path);
    CHECK_FALSE(opens(path));
  }
}
