// The images of the depots of a step, and which of them need which.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/threads.hpp"
#include "check/image_graph.hpp"
#include "jireloc/check.hpp"
#include "relocate/header_tables.hpp"
#include "relocate/held_images.hpp"
#include "relocate/inventory.hpp"
#include "relocate/step_map.hpp"

namespace jireloc::relocating {

struct GraphImage {
  const ImageRef* ref = nullptr;  // null: an image of the target or of a depot behind
  size_t number = 0;
  std::string path;
  std::optional<Error> problem;  // its header could not be read: it has no modules then
  Uuid uuid;                     // of its first module
};

// Which headers need not be read, and those that are not in the depot's files.
struct KnownHeaders {
  const HeldImages* held = nullptr;  // some of the images, which do not lie in it
  // Which of the images that were added has the same header as one of another depot; nothing: it is not
  // known.
  using TwinOf = std::function<std::optional<size_t>(const ImageRef&)>;
  TwinOf twin_of = {};
  const HeaderTables* tables = nullptr;  // in which the next one's answers have numbers
  // What the header of an image says; null: it is not known.
  std::function<const NumberedHeader*(const ImageRef&)> header_of = {};
};

class DepotGraph {
 public:
  using TwinOf = KnownHeaders::TwinOf;

  // Reads the headers of a depot's images. `ours`: they are to be merged; else they are the target's.
  void add_depot(FileSystem& system, const Folder& depot, const std::vector<ImageRef>& refs, bool ours,
                 Threads& threads, const KnownHeaders& known = {});
  // Whether the headers of two images, both of which could be read, say the same of other images.
  bool are_twins(size_t one, size_t other) const;
  // A folder of images that could not be listed.
  void add_unreadable(const std::string& path) { set_.add_unreadable(path); }
  // See ImageSet; before the depot's images are added.
  void set_bundled(const std::string& depot) { set_.set_bundled(depot); }
  // Something of that kind in a folder, or the folder itself or one above; null: there is none.
  const std::string* unreadable_in(const std::string& folder) const;
  // Something that could not be looked at and may be, or hold, an image of the package; null: there is none.
  const std::string* unreadable_for(const std::string& package) const { return set_.unreadable_for(package); }
  // To be called when all are added: our images, dependencies before their dependents.
  std::vector<size_t> order() const;

  const std::vector<GraphImage>& images() const { return images_; }
  // The same images, by their numbers.
  const ImageGraph& links() const { return set_.graph(); }
  // Images of the target and of depots behind that need a module of ours which no image there provides.
  std::vector<size_t> outside_dependents(const GraphImage& image) const;
  // Whether the module is a part of the system image, which no depot holds.
  bool is_in_system_image(uint32_t number) const;
  // Whether a module that an image needs has to be taken for a part of Julia itself, see
  // ImageSet::is_assumed.
  bool is_assumed(const GraphImage& image, uint32_t number) const {
    return set_.is_assumed(image.number, links().modules()[number]);
  }
  // Whether an image of ours needs a module that nothing in the graph provides, and that is not certain to be
  // a part of Julia itself.
  bool lacks_any() const;
  // The folders ("compiled/vX.Y/Name") that Julia would look for images in that ours need, and those of ours.
  std::set<std::string> folders_of_interest() const;
  // What the headers of our images name.
  const RecordedPlaces& recorded() const { return recorded_; }
  void close() { system_modules_ = set_.system_modules(); }

 private:
  class HeaderNumbers;

  void add(GraphImage image, const CacheFile* file);
  void add_twin(GraphImage image, const GraphImage& twin);
  void add_known(GraphImage image, const NumberedHeader& header, HeaderNumbers& numbers);
  void note(GraphImage image);

  std::vector<GraphImage> images_;
  std::unordered_map<uint32_t, std::vector<size_t>> needed_outside_;  // by images that are not ours
  ImageSet set_;
  RecordedPlaces recorded_;
  std::set<ModuleId> system_modules_;
};

// Opens a depot's file for reading, following no symbolic link below the depot; read whole where it is small.
std::unique_ptr<ByteSource> open_in_depot(FileSystem& system, const Folder& depot,
                                          const std::string& relative, uint64_t largest_in_memory);

}  // namespace jireloc::relocating
