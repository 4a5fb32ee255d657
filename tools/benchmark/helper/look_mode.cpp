// What any program must ask that finds that nothing of a relocated depot has changed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>

#include "benchmark/helper/modes.hpp"
#include "relocate/proven_record.hpp"
#include "relocate/sightings.hpp"

namespace bench {
namespace {

using namespace jireloc::relocating;

class Looker {
 public:
  Looker(const std::string& source, const std::string& target) {
    auto& system = jireloc::real_file_system();
    source_ = jireloc::open_folder(system, source);
    target_ = jireloc::open_folder(system, target);
    auto record = ProvenRecord::read(system, *target_);
    if (!record) throw std::runtime_error(target + " has no record of what was proven");
    record_ = std::move(*record);
  }

  size_t count() const { return record_.trees.size() + record_.images.size(); }
  void look_at(size_t number) {
    if (number < record_.trees.size()) {
      const ProvenTree& tree = record_.trees[number];
      look_into(source_->fd(), tree);
      look_into(target_->fd(), tree);
      return;
    }
    const ProvenImage& image = record_.images[number - record_.trees.size()];
    look_at_pair(source_->fd(), image.relative, image.source_libraries);
    look_at_pair(target_->fd(), image.target, image.target_libraries);
  }
  void look_at_rest() {
    for (const ProvenPlace& place : record_.places) look(AT_FDCWD, place.path.c_str(), 0);
    for (const ProvenFolder& folder : record_.source_folders) look(source_->fd(), folder.relative.c_str());
    for (const ProvenFolder& folder : record_.target_folders) look(target_->fd(), folder.relative.c_str());
  }
  size_t looks() const { return looks_; }

 private:
  void look(int folder, const char* path, int flags = AT_SYMLINK_NOFOLLOW) {
    struct stat info {};
    if (::fstatat(folder, path, &info, flags) != 0 && errno != ENOENT && errno != ENOTDIR)
      throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
    ++looks_;
  }
  void look_into(int depot, const ProvenTree& tree) {
    const int top = ::openat(depot, tree.relative.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    look(top, ".");
    for (size_t at = 0; at < tree.names.size(); at = tree.names.find('\0', at) + 1)
      look(top, tree.names.c_str() + at);
    ::close(top);
  }
  void look_at_pair(int depot, const std::string& image, unsigned libraries) {
    look(depot, image.c_str());
    if (libraries == 0) return;
    for (const std::string& library : library_names(image)) {
      if ((libraries & 1) != 0) look(depot, library.c_str());
      libraries >>= 1;
    }
  }

  std::shared_ptr<jireloc::Folder> source_, target_;
  ProvenRecord record_;
  std::atomic<size_t> looks_{0};
};

}  // namespace

void look_least(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) throw std::runtime_error("JOBS SOURCE TARGET");
  const auto begin = std::chrono::steady_clock::now();
  Looker looker(arguments[1], arguments[2]);
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t number; (number = next++) < looker.count();) looker.look_at(number);
  };
  {
    std::vector<std::jthread> threads;
    for (int more = std::stoi(arguments[0]) - 1; more > 0; --more) threads.emplace_back(run);
    looker.look_at_rest();
    run();
  }
  fmt::print("{{\"looks\": {}, \"seconds\": {:.6f}}}\n", looker.looks(), seconds_since(begin));
}

}  // namespace bench
