#include "relocate/image_graph.hpp"

#include <fcntl.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/unique.hpp"
#include "bytes/overlay.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::relocating {
namespace {

// In the overlay whose upper folder the depot is.
bool is_deleted(FileSystem& system, const Folder& depot, const std::string& relative) {
  const auto info = find_entry(system, depot.fd(), relative, depot.path + "/" + relative);
  return info && is_whiteout(system, depot.fd(), relative, *info);
}

}  // namespace

std::unique_ptr<ByteSource> open_in_depot(FileSystem& system, const Folder& depot,
                                          const std::string& relative, uint64_t largest_in_memory) {
  const std::string path = depot.path + "/" + relative;
  const int fd = retried([&] {
    return system.open_beneath(depot.fd(), relative.c_str(),
                               O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  });
  if (fd == -ENXIO && is_deleted(system, depot, relative)) throw Error::system(ENOENT, "open", path);
  checked(fd, "open", path);
  auto source = open_descriptor(fd, path, [&system](int opened) { system.close(opened); });
  if (source->size() == 0 && is_deleted(system, depot, relative)) throw Error::system(ENOENT, "open", path);
  return load(std::move(source), largest_in_memory);
}

bool ModuleTable::Less::operator()(const RequiredModule* a, const RequiredModule* b) const {
  return std::tie(a->build_id_lo, a->build_id_hi, a->uuid, a->name) <
         std::tie(b->build_id_lo, b->build_id_hi, b->uuid, b->name);
}

uint32_t ModuleTable::number_of(const RequiredModule& module) {
  if (const auto known = numbers_.find(&module); known != numbers_.end()) return known->second;
  modules_.push_back(std::make_unique<RequiredModule>(module));
  const auto number = static_cast<uint32_t>(modules_.size() - 1);
  numbers_.emplace(modules_.back().get(), number);
  return number;
}

std::optional<uint32_t> ModuleTable::find(const RequiredModule& module) const {
  const auto known = numbers_.find(&module);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

void ImageGraph::add_depot(FileSystem& system, const Folder& depot, const std::vector<ImageRef>& refs,
                           bool ours, Threads& threads) {
  constexpr size_t kGroup = 128;  // headers in memory at a time
  for (size_t begin = 0; begin < refs.size(); begin += kGroup) {
    const size_t count = std::min(kGroup, refs.size() - begin);
    std::vector<GraphImage> images(count);
    std::vector<std::optional<CacheFile>> headers(count);
    for_all(threads, count, [&](size_t i) {
      const ImageRef& ref = refs[begin + i];
      images[i].ref = ours ? &ref : nullptr;
      images[i].path = depot.path + "/" + ref.relative();
      try {
        const auto source = open_in_depot(system, depot, ref.relative(), 0);
        headers[i] = read_cache_file(*source, {.depth = ReadDepth::header});
      } catch (const Error& error) {
        images[i].problem = error;
      }
    });
    for (const GraphImage& image : images)
      if (image.problem && !is_disproof(image.problem->kind())) add_unreadable(image.path);
    for (size_t i = 0; i < count; ++i)
      if (ours || headers[i]) add(std::move(images[i]), headers[i] ? &*headers[i] : nullptr);
  }
}

const std::string* ImageGraph::unreadable_in(const std::string& folder) const {
  const auto found = std::find_if(unreadable_.begin(), unreadable_.end(), [&](const std::string& path) {
    return is_path_prefix(path, folder) || path.substr(0, path.rfind('/')) == folder;
  });
  return found == unreadable_.end() ? nullptr : &*found;
}

void ImageGraph::add(GraphImage image, const CacheFile* file) {
  if (file != nullptr) {
    for (const WorklistModule& module : file->worklist)
      image.provides.push_back(
          modules_.number_of({module.name, module.uuid, file->build_id_hi(), module.build_id}));
    for (const RequiredModule& module : file->required_modules)
      image.needs.push_back(modules_.number_of(module));
    // A made-up header may name one module any number of times.
    keep_first_of_equals(image.provides);
    keep_first_of_equals(image.needs);
    if (!file->worklist.empty()) image.uuid = file->worklist[0].uuid;
    if (image.ref != nullptr) recorded_.note(*file);
    image.number = set_.add(image.path, *file);
    for (const uint32_t module : image.provides) providers_[module].push_back(images_.size());
    if (image.ref == nullptr)
      for (const uint32_t module : image.needs) needed_outside_[module].push_back(images_.size());
  }
  images_.push_back(std::move(image));
}

const std::vector<size_t>& ImageGraph::providers(uint32_t number) const {
  static const std::vector<size_t> none;
  const auto found = providers_.find(number);
  return found == providers_.end() ? none : found->second;
}

std::vector<size_t> ImageGraph::outside_dependents(const GraphImage& image) const {
  std::vector<size_t> dependents;
  for (const uint32_t module : image.provides) {
    const std::vector<size_t>& all = providers(module);
    const bool served = std::any_of(all.begin(), all.end(),
                                    [&](size_t provider) { return images_[provider].ref == nullptr; });
    const auto needed = needed_outside_.find(module);
    if (!served && needed != needed_outside_.end())
      dependents.insert(dependents.end(), needed->second.begin(), needed->second.end());
  }
  keep_first_of_equals(dependents);
  return dependents;
}

bool ImageGraph::is_in_system_image(uint32_t number) const {
  const RequiredModule& module = modules_[number];
  return !ImageSet::has_image(module) && system_modules_.contains(ModuleId{module.name, module.uuid});
}

std::vector<size_t> ImageGraph::order() const {
  enum class Mark : uint8_t { unseen, open, done };
  std::vector<Mark> marks(images_.size(), Mark::unseen);
  std::vector<size_t> sorted;
  // By module: how many of its providers have been seen. Those are asked for by many images, but passed once.
  std::vector<size_t> passed(modules_.size(), 0);
  struct Step {
    size_t image;
    size_t next_need;
  };
  for (size_t start = 0; start < images_.size(); ++start) {
    if (images_[start].ref == nullptr || marks[start] != Mark::unseen) continue;
    std::vector<Step> path{{start, 0}};  // depth first without recursion; a cycle (none is real) is cut
    marks[start] = Mark::open;
    while (!path.empty()) {
      Step& step = path.back();
      const GraphImage& image = images_[step.image];
      if (step.next_need == image.needs.size()) {
        marks[step.image] = Mark::done;
        sorted.push_back(step.image);
        path.pop_back();
        continue;
      }
      const uint32_t need = image.needs[step.next_need];
      const std::vector<size_t>& all = providers(need);
      size_t& next = passed[need];
      while (next < all.size() && (images_[all[next]].ref == nullptr || marks[all[next]] != Mark::unseen))
        ++next;
      if (next == all.size()) {
        ++step.next_need;
        continue;
      }
      marks[all[next]] = Mark::open;
      path.push_back({all[next], 0});
    }
  }
  return sorted;
}

namespace {

// The levels from which one module is provided: the highest, and the highest of any other image.
struct Highest {
  size_t image = SIZE_MAX, other = SIZE_MAX;
  size_t level = 0, other_level = 0;

  void offer(size_t by, size_t at) {
    if (by == image || image == SIZE_MAX) {
      image = by;
      level = std::max(level, at);
    } else if (at > level) {
      other = std::exchange(image, by);
      other_level = std::exchange(level, at);
    } else {
      other = by;
      other_level = std::max(other_level, at);
    }
  }
  // Above all providers but `asking` itself.
  size_t above(size_t asking) const {
    if (image != asking) return image == SIZE_MAX ? 0 : level + 1;
    return other == SIZE_MAX ? 0 : other_level + 1;
  }
};

}  // namespace

std::vector<std::vector<size_t>> ImageGraph::levels(const std::vector<size_t>& order) const {
  std::vector<Highest> highest(modules_.size());
  const auto offer = [&](size_t image, size_t level) {
    for (const uint32_t module : images_[image].provides) highest[module].offer(image, level);
  };
  for (const size_t image : order) offer(image, 0);
  std::vector<std::vector<size_t>> levels;
  for (const size_t image : order) {
    size_t level = 0;
    for (const uint32_t need : images_[image].needs) level = std::max(level, highest[need].above(image));
    offer(image, level);
    if (levels.size() <= level) levels.resize(level + 1);
    levels[level].push_back(image);
  }
  return levels;
}

}  // namespace jireloc::relocating
