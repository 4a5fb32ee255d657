#include "relocate/proven_images.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "jireloc/check.hpp"
#include "jireloc/depot.hpp"
#include "relocate/circumstances.hpp"
#include "relocate/looks.hpp"

namespace jireloc::relocating {
namespace {

// A folder elsewhere may be recorded with the names in it, which its mark does not tell.
bool has_only_usual_sources(const CacheFile& file) {
  return std::all_of(file.dependencies.begin(), file.dependencies.end(), [](const Dependency& entry) {
    return entry.is_require() || package_folder_of(entry.path) || is_stdlib_path(entry.path);
  });
}

}  // namespace

ProvenImages::ProvenImages(Run& run, DepotImages& images, const StepMap& map,
                           const std::vector<std::string>& layers, const GrownSet& grown)
    : run_(run), images_(images), grown_(grown) {
  if (!run.proven) return;
  // What images have recorded decides on some of it.
  run.proven->begin_images(list_text(map.map().mappings()) + "\n" + list_text(map.keep_paths()) + "\n" +
                           list_text(layers));
  const size_t count = images.graph().images().size();
  known_.resize(count);
  sights_.resize(count);
  for_all(run.threads, count, [&](size_t number) {
    run_.check_stop();
    const GraphImage& image = images_.image(number);
    if (!image.problem) known_[number] = run_.proven->knows_image(image.ref->relative());
  });
  for (size_t number = 0; number < count; ++number)
    if (known_[number]) twins_.emplace(known_[number]->target, number);
}

KnownHeaders ProvenImages::known_in_source(const Run& run) {
  if (!run.proven) return {};
  return {.tables = &run.proven->tables(),
          .header_of = [&run](const ImageRef& image) { return run.proven->header_of(image.relative()); }};
}

DepotGraph::TwinOf ProvenImages::twin_of() const {
  if (twins_.empty()) return {};
  return [this](const ImageRef& image) -> std::optional<size_t> {
    const auto twin = twins_.find(image.relative());
    return twin == twins_.end() ? std::nullopt : std::optional(twin->second);
  };
}

void ProvenImages::look_at_others(const SameBuild& same_build) {
  if (std::all_of(known_.begin(), known_.end(), [](const auto& known) { return known.has_value(); })) return;
  const auto in_graph = numbers_in_target();
  for_all(run_.threads, known_.size(), [&](size_t number) {
    run_.check_stop();
    if (known_[number]) return;
    const auto there = same_build(number);
    if (!there) return;
    const auto other = in_graph.find(*there);
    if (other != in_graph.end() && images_.graph().are_twins(number, other->second))
      sights_[number] = run_.proven->look_at_image(images_.image(number).ref->relative(), in_target(*there));
  });
}

std::unordered_map<std::string_view, size_t> ProvenImages::numbers_in_target() const {
  std::unordered_map<std::string_view, size_t> numbers;
  const std::vector<GraphImage>& images = images_.graph().images();
  for (size_t number = known_.size(); number < images.size(); ++number)
    numbers.emplace(images[number].path, number);
  return numbers;
}

bool ProvenImages::is_settled(size_t number, const std::optional<std::string>& there, DepotItem& item) {
  if (!run_.proven || !there || !known_[number]) return false;
  const KnownImage& known = *known_[number];
  if (in_target(*there) != known.target || rests_on_grown(images_.image(number))) return false;
  run_.proven->keep(known);
  item.status = DepotItemStatus::already_there;
  item.target = *there;
  item.absent_before = known.absent_before;
  return true;
}

std::string ProvenImages::in_target(const std::string& path) const {
  return path.substr(run_.places.to_here().size() + 1);
}

// What became of that decides on what becomes of the image, and it is no file.
bool ProvenImages::rests_on_grown(const GraphImage& image) {
  const ImageGraph& links = images_.graph().links();
  const auto& needs = links[image.number].needs;
  return std::any_of(needs.begin(), needs.end(),
                     [&](uint32_t number) { return grown_.find(links.modules()[number]) != nullptr; });
}

void ProvenImages::watch(size_t number, const CacheFile& file, const std::function<void()>& judge) {
  if (!run_.proven || !sights_[number] || rests_on_grown(images_.image(number))) return judge();
  ImageSight& sight = *sights_[number];
  const Looks looks([&](const std::string& path) { run_.proven->note_look(sight, path); });
  judge();
  const DepotItem& item = images_.item(number);
  if (item.status == DepotItemStatus::already_there &&
      item.target == run_.places.to_here() + "/" + sight.image.target && looks.tell_all() &&
      has_only_usual_sources(file))
    run_.proven->add(sight, item, file);
}

}  // namespace jireloc::relocating
