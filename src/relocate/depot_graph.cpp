#include "relocate/depot_graph.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
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

// What a made-up header names may be no name at all.
bool is_folder_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
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

// What has a number in tables has one in the graph, which is asked for once.
class DepotGraph::HeaderNumbers {
 public:
  HeaderNumbers(ImageSet& set, RecordedPlaces& places, const HeaderTables* tables)
      : set_(set), places_(places), tables_(tables) {
    if (tables == nullptr) return;
    prefixes_.resize(tables->prefixes.size(), kNone);
    modules_.resize(tables->modules.size(), kNone);
    depots_.resize(tables->depots.size());
    stdlibs_.resize(tables->stdlibs.size());
  }

  const HeaderTables& tables() const { return *tables_; }
  uint32_t of_prefix(uint32_t number) {
    return once(prefixes_[number], [&] { return set_.number_of(tables_->prefixes[number]); });
  }
  std::vector<uint32_t> of_modules(const std::vector<uint32_t>& numbers) {
    std::vector<uint32_t> ours;
    ours.reserve(numbers.size());
    for (const uint32_t number : numbers)
      ours.push_back(once(modules_[number], [&] { return set_.number_of(tables_->modules[number]); }));
    return ours;
  }
  void note_places(const NumberedHeader& header) {
    note_new(header.depots, tables_->depots, depots_, places_.depots);
    note_new(header.stdlibs, tables_->stdlibs, stdlibs_, places_.stdlibs);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  template <typename Ask>
  static uint32_t once(uint32_t& answer, Ask ask) {
    if (answer == kNone) answer = ask();
    return answer;
  }
  static void note_new(const std::vector<uint32_t>& numbers, const std::vector<std::string>& texts,
                       std::vector<bool>& noted, std::set<std::string>& places) {
    for (const uint32_t number : numbers)
      if (!noted[number]) {
        noted[number] = true;
        RecordedPlaces::note_in(places, texts[number]);
      }
  }

  ImageSet& set_;
  RecordedPlaces& places_;
  const HeaderTables* const tables_;
  std::vector<uint32_t> prefixes_, modules_;
  std::vector<bool> depots_, stdlibs_;
};

void DepotGraph::add_depot(FileSystem& system, const Folder& depot, const std::vector<ImageRef>& refs,
                           bool ours, Threads& threads, const KnownHeaders& known) {
  constexpr size_t kGroup = 128;  // headers in memory at a time
  HeaderNumbers numbers(set_, recorded_, known.tables);
  if (refs.size() > kGroup) images_.reserve(images_.size() + refs.size());
  for (size_t begin = 0; begin < refs.size(); begin += kGroup) {
    const size_t count = std::min(kGroup, refs.size() - begin);
    std::vector<GraphImage> images(count);
    std::vector<std::optional<size_t>> twins(count);
    std::vector<const NumberedHeader*> headers(count);
    std::vector<size_t> unknown;
    for (size_t i = 0; i < count; ++i) {
      const ImageRef& ref = refs[begin + i];
      images[i].ref = ours ? &ref : nullptr;
      images[i].path = depot.path + "/" + ref.relative();
      if (known.twin_of) twins[i] = known.twin_of(ref);
      if (known.header_of) headers[i] = known.header_of(ref);
      if (!twins[i] && headers[i] == nullptr) unknown.push_back(i);
    }
    std::vector<std::optional<CacheFile>> read(unknown.empty() ? 0 : count);
    for_all(threads, unknown.size(), [&](size_t number) {
      const size_t i = unknown[number];
      const ImageRef& ref = refs[begin + i];
      try {
        const auto source = open_held_or_in_depot(known.held, system, depot, ref.relative(), 0);
        read[i] = read_cache_file(*source, {.depth = ReadDepth::header});
      } catch (const Error& error) {
        images[i].problem = error;
      }
    });
    for (const GraphImage& image : images)
      if (image.problem && !is_disproof(image.problem->kind())) add_unreadable(image.path);
    for (size_t i = 0; i < count; ++i) {
      if (twins[i])
        add_twin(std::move(images[i]), images_[*twins[i]]);
      else if (headers[i] != nullptr)
        add_known(std::move(images[i]), *headers[i], numbers);
      else if (ours || read[i])
        add(std::move(images[i]), read[i] ? &*read[i] : nullptr);
    }
  }
}

const std::string* DepotGraph::unreadable_in(const std::string& folder) const {
  const std::vector<std::string>& all = set_.unreadable();
  const auto found = std::find_if(all.begin(), all.end(), [&](const std::string& path) {
    return is_path_prefix(path, folder) || path.substr(0, path.rfind('/')) == folder;
  });
  return found == all.end() ? nullptr : &*found;
}

void DepotGraph::add(GraphImage image, const CacheFile* file) {
  image.number = file != nullptr ? set_.add(image.path, *file) : set_.add_malformed(image.path);
  if (file != nullptr) {
    if (!file->worklist.empty()) image.uuid = file->worklist[0].uuid;
    if (image.ref != nullptr) recorded_.note(*file);
  }
  note(std::move(image));
}

void DepotGraph::add_twin(GraphImage image, const GraphImage& twin) {
  image.number = set_.add_twin(image.path, twin.number);
  image.uuid = twin.uuid;
  note(std::move(image));
}

void DepotGraph::note(GraphImage image) {
  if (image.ref == nullptr)
    for (const uint32_t module : links()[image.number].needs) needed_outside_[module].push_back(image.number);
  images_.push_back(std::move(image));
}

void DepotGraph::add_known(GraphImage image, const NumberedHeader& header, HeaderNumbers& numbers) {
  image.number = set_.add(image.path, numbers.of_prefix(header.prefix), numbers.of_modules(header.provides),
                          numbers.of_modules(header.needs));
  if (!header.provides.empty()) image.uuid = numbers.tables().modules[header.provides[0]].uuid;
  if (image.ref != nullptr) numbers.note_places(header);
  note(std::move(image));
}

bool DepotGraph::are_twins(size_t one, size_t other) const {
  return !images_[one].problem && !images_[other].problem &&
         set_.are_twins(images_[one].number, images_[other].number);
}

std::vector<size_t> DepotGraph::outside_dependents(const GraphImage& image) const {
  std::vector<size_t> dependents;
  for (const uint32_t module : links()[image.number].provides) {
    const std::vector<uint32_t>& all = links().providers(module);
    const bool served = std::any_of(all.begin(), all.end(),
                                    [&](uint32_t provider) { return images_[provider].ref == nullptr; });
    const auto needed = needed_outside_.find(module);
    if (!served && needed != needed_outside_.end())
      dependents.insert(dependents.end(), needed->second.begin(), needed->second.end());
  }
  keep_first_of_equals(dependents);
  return dependents;
}

bool DepotGraph::is_in_system_image(uint32_t number) const {
  const RequiredModule& module = links().modules()[number];
  return !ImageSet::has_image(module) && system_modules_.contains(ModuleId{module.name, module.uuid});
}

bool DepotGraph::lacks_any() const {
  const auto is_lacking = [&](const GraphImage& image, uint32_t number) {
    if (!links().providers(number).empty()) return false;
    const RequiredModule& module = links().modules()[number];
    const bool is_marked = (module.build_id_hi >> 32) != 0 && !ImageSet::has_image(module);
    return !module.uuid.is_nil() && !is_marked && !is_assumed(image, number);
  };
  return std::any_of(images_.begin(), images_.end(), [&](const GraphImage& image) {
    const std::vector<uint32_t>& needs = links()[image.number].needs;
    return image.ref != nullptr && std::any_of(needs.begin(), needs.end(),
                                               [&](uint32_t number) { return is_lacking(image, number); });
  });
}

// cache_file_entry in base/loading.jl, Julia 1.0 to 1.14.
std::set<std::string> DepotGraph::folders_of_interest() const {
  std::set<std::string> folders;
  std::map<std::string, std::vector<bool>> seen;  // modules, by the folder of a version
  for (const GraphImage& image : images_) {
    if (image.ref == nullptr) continue;
    const std::string& folder = image.ref->folder;
    folders.insert(folder);
    const std::string version = folder.substr(0, folder.find('/', folder.find('/') + 1));
    std::vector<bool>& known = seen[version];
    known.resize(links().modules().size());
    for (const uint32_t number : links()[image.number].needs) {
      if (known[number]) continue;
      known[number] = true;
      // Without a UUID it is taken for Julia's own (Base, Core, Main), image or not: see system_modules.
      const RequiredModule& module = links().modules()[number];
      if (!module.uuid.is_nil() && is_folder_name(module.name)) folders.insert(version + "/" + module.name);
    }
  }
  return folders;
}

std::vector<size_t> DepotGraph::order() const {
  return links().order([&](size_t image) { return images_[image].ref != nullptr; });
}

}  // namespace jireloc::relocating
