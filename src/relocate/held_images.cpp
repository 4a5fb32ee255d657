#include "relocate/held_images.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "bytes/has_status.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"
#include "relocate/depot_graph.hpp"

namespace jireloc::relocating {
namespace {

class HeldSource final : public ByteSource, public HasStatus {
 public:
  HeldSource(std::string_view content, const struct stat& status, std::string name)
      : content_(content), status_(status), name_(std::move(name)) {}
  uint64_t size() const noexcept override { return content_.size(); }
  const std::string& name() const noexcept override { return name_; }
  std::string_view in_memory() const noexcept override { return content_; }
  const struct stat& status() const noexcept override { return status_; }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > content_.size() || size > content_.size() - offset)
      throw Error(ErrorKind::truncated, "read behind the end of an image", name_, offset);
    content_.copy(buffer, size, offset);
  }

 private:
  const std::string_view content_;
  const struct stat status_;
  const std::string name_;
};

// As a depot is listed: a version's own images before those in its folders.
auto listed_as(const ImageRef& ref) {
  const size_t slash = ref.folder.find('/', ref.folder.find('/') + 1);
  return std::tuple(ref.folder.substr(0, slash), ref.folder, ref.file);
}

}  // namespace

void HeldImages::add(const std::string& relative, std::string_view content, const struct stat& status) {
  files_.insert_or_assign(relative, Held{content, status});
}

std::unique_ptr<ByteSource> HeldImages::open(std::string_view relative, std::string name) const {
  const auto found = files_.find(relative);
  if (found == files_.end()) return nullptr;
  return std::make_unique<HeldSource>(found->second.content, found->second.status, std::move(name));
}

void HeldImages::add_to(Inventory& inventory) const {
  for (const auto& [path, held] : files_) {
    if (!path.ends_with(".ji")) continue;  // a library lies beside one
    const size_t slash = path.rfind('/');
    inventory.images.push_back({path.substr(0, slash), path.substr(slash + 1)});
  }
  std::sort(inventory.images.begin(), inventory.images.end(),
            [](const ImageRef& a, const ImageRef& b) { return listed_as(a) < listed_as(b); });
}

void HeldImages::note_in(PresenceCache& presences, const std::string& depot) const {
  std::set<std::string> folders;
  for (const auto& [path, held] : files_) {
    presences.note_there(depot + "/" + path);
    for (std::string folder = paths::parent(path);; folder = paths::parent(folder)) {
      if (!folders.insert(folder).second || folder.find('/') == std::string::npos) break;
    }
  }
  for (const std::string& folder : folders) {
    presences.note_there(depot + "/" + folder);
    presences.note_there(depot + "/" + folder + "/");
  }
}

std::unique_ptr<ByteSource> open_held_or_in_depot(const HeldImages* held, FileSystem& system,
                                                  const Folder& depot, const std::string& relative,
                                                  uint64_t largest_in_memory) {
  if (held != nullptr)
    if (auto source = held->open(relative, depot.path + "/" + relative)) return source;
  return open_in_depot(system, depot, relative, largest_in_memory);
}

}  // namespace jireloc::relocating
