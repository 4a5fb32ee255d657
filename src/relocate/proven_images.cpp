#include "relocate/proven_images.hpp"

#include <algorithm>

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
    : run_(run), images_(images), grown_(grown), sights_(images.graph().images().size()) {
  // What images have recorded decides on some of it.
  if (run.proven)
    run.proven->begin_images(list_text(map.map().mappings()) + "\n" + list_text(map.keep_paths()) + "\n" +
                             list_text(layers));
}

bool ProvenImages::is_settled(size_t number, const std::optional<std::string>& there, DepotItem& item) {
  const GraphImage& image = images_.image(number);
  if (!run_.proven || !there || rests_on_grown(image)) return false;
  const std::string ours = image.ref->relative();
  const std::string theirs = there->substr(run_.places.to_here().size() + 1);
  const auto absent_before = run_.proven->knows_image(ours, theirs);
  if (!absent_before) {
    sights_[number] = run_.proven->look_at_image(ours, theirs);
    return false;
  }
  item.status = DepotItemStatus::already_there;
  item.target = *there;
  item.absent_before = *absent_before;
  return true;
}

// What became of that decides on what becomes of the image, and it is no file.
bool ProvenImages::rests_on_grown(const GraphImage& image) {
  const ImageGraph& links = images_.graph().links();
  const auto& needs = links[image.number].needs;
  return std::any_of(needs.begin(), needs.end(),
                     [&](uint32_t number) { return grown_.find(links.modules()[number]) != nullptr; });
}

void ProvenImages::watch(size_t number, const CacheFile& file, const std::function<void()>& judge) {
  if (!sights_[number]) return judge();
  ImageSight& sight = *sights_[number];
  const Looks looks([&](const std::string& path) { run_.proven->note_look(sight, path); });
  judge();
  const DepotItem& item = images_.item(number);
  if (item.status == DepotItemStatus::already_there &&
      item.target == run_.places.to_here() + "/" + sight.image.target && !looks.has_made_up() &&
      has_only_usual_sources(file))
    run_.proven->add(sight, item);
}

}  // namespace jireloc::relocating
