#include "relocate/proven.hpp"

#include <algorithm>

#include "bytes/overlay.hpp"
#include "bytes/transaction.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/circumstances.hpp"
#include "relocate/sightings.hpp"
#include "relocate/step_view.hpp"

namespace jireloc::relocating {
namespace {

// None, where somebody else made it, who may see more.
ProvenRecord record_of(const Run& run) {
  auto record = ProvenRecord::read(run.system, *run.to);
  return record && record->circumstances.starts_with(runner_text()) ? std::move(*record) : ProvenRecord();
}

// Whether ".." leads back and forth below the top alone; `climbs` says whether there is any.
bool stays_inside(std::string_view below_top, bool& climbs) {
  int depth = 0;
  for (size_t begin = 0; begin < below_top.size();) {
    const size_t end = std::min(below_top.find('/', begin), below_top.size());
    const std::string_view name = below_top.substr(begin, end - begin);
    if (name == "..")
      climbs = true, --depth;
    else if (!name.empty() && name != ".")
      ++depth;
    if (depth < 0) return false;
    begin = end + 1;
  }
  return true;
}

// Whoever asks first looks; two may.
template <typename Look>
bool once(std::atomic<int8_t>& answer, Look look) {
  if (answer == 0) answer = look() ? 1 : -1;
  return answer > 0;
}

// The image that a file is, or belongs to by its name.
std::optional<uint32_t> image_with(const std::unordered_map<std::string_view, uint32_t>& images,
                                   const std::string& file) {
  const auto found = images.find(file.substr(0, file.rfind('.')) + ".ji");
  return found == images.end() ? std::nullopt : std::optional(found->second);
}

// Whether a mark that was taken with these libraries is of the file, too.
bool is_marked(const std::string& file, uint8_t libraries) {
  if (file.ends_with(".ji")) return true;
  const std::vector<std::string> names = library_names(file);
  const auto name = std::find(names.begin(), names.end(), file);
  return name != names.end() && (libraries >> (name - names.begin()) & 1) != 0;
}

template <typename Number>
void add_once(std::vector<Number>& numbers, Number number) {
  if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
}

}  // namespace

std::unique_ptr<Proven> Proven::of(Run& run) {
  const RelocateOptions& options = run.options;
  if (!options.keep_index || !run.writes() || run.moves() || run.is_staged || options.shard.count > 1 ||
      overlay_marks(run.system, run.from->fd()).merged)
    return nullptr;
  return std::unique_ptr<Proven>(new Proven(run));
}

Proven::Proven(Run& run)
    : run_(run),
      marker_(run.system),
      before_(record_of(run)),
      in_source_(marker_, before_.source_folders,
                 [this](const std::string& relative) { return knows_file_in_source(relative); }),
      in_target_(marker_, before_.target_folders,
                 [this](const std::string& relative) { return knows_file_in_target(relative); }),
      kept_trees_(before_.trees.size()),
      kept_images_(before_.images.size()),
      places_before_(before_.places.size()),
      sources_before_(before_.images.size()),
      targets_before_(before_.images.size()) {
  for (uint32_t i = 0; i < before_.trees.size(); ++i) trees_before_.emplace(before_.trees[i].relative, i);
  for (uint32_t i = 0; i < before_.images.size(); ++i) images_before_.emplace(before_.images[i].relative, i);
  for (uint32_t i = 0; i < before_.images.size(); ++i) images_in_target_.emplace(before_.images[i].target, i);
}

void Proven::begin() {
  now_.circumstances = circumstances_of(run_);
  if (now_.circumstances == before_.circumstances) return;
  has_new_ = true;
  trees_before_.clear();
  images_before_.clear();
  images_in_target_.clear();
}

bool Proven::knows_tree(const std::string& relative) {
  const auto known = trees_before_.find(relative);
  if (known == trees_before_.end()) return false;
  try {
    if (!is_untouched(before_.trees[known->second])) return false;
  } catch (const Error&) {
    return false;  // whoever judges it hears why
  }
  kept_trees_[known->second] = true;
  return true;
}

TreeSight Proven::look_at_tree(const std::string& relative) {
  TreeSight sight;
  try {
    TreeMark source = marker_.of_tree(*run_.from, relative);
    if (!source.taken.is_lasting) return sight;
    const TreeMark target = marker_.of_tree(*run_.to, relative);
    sight.is_lasting = target.taken.is_lasting && target.names == source.names;
    sight.tree = {relative, std::move(source.names), source.taken.mark, target.taken.mark,
                  source.has_links || target.has_links};
  } catch (const Error&) {
    sight = {};
  }
  return sight;
}

bool Proven::is_untouched(const ProvenTree& tree) const {
  return marker_.of_tree(*run_.from, tree.relative, tree.names) == tree.source &&
         marker_.of_tree(*run_.to, tree.relative, tree.names) == tree.target;
}

void Proven::add(TreeSight sight) {
  if (!sight.is_lasting) return;
  const std::lock_guard lock(mutex_);
  trees_now_.emplace(sight.tree.relative, static_cast<uint32_t>(before_.trees.size() + now_.trees.size()));
  now_.trees.push_back(std::move(sight.tree));
  has_new_ = true;
}

const NumberedHeader* Proven::header_of(const std::string& relative) {
  const auto known = images_before_.find(relative);
  if (known == images_before_.end() || !is_source_untouched(known->second)) return nullptr;
  return &before_.images[known->second].header;
}

void Proven::begin_images(const std::string& rules) {
  now_.image_rules = rules;
  if (rules != before_.image_rules) images_before_.clear();
}

std::optional<KnownImage> Proven::knows_image(const std::string& relative) {
  const auto known = images_before_.find(relative);
  if (known == images_before_.end()) return {};
  const ProvenImage& image = before_.images[known->second];
  try {
    if (!is_untouched(known->second)) return {};
  } catch (const Error&) {
    return {};
  }
  return KnownImage{known->second, image.target, image.absent_before};
}

ImageSight Proven::look_at_image(const std::string& relative, const std::string& target) {
  ImageSight sight;
  try {
    const ImageMark ours = marker_.of_image(*run_.from, relative);
    if (!ours.taken.is_lasting) return sight;
    const ImageMark theirs = marker_.of_image(*run_.to, target);
    sight.is_lasting = theirs.taken.is_lasting;
    sight.image = {relative, target, ours.taken.mark, theirs.taken.mark, ours.libraries, theirs.libraries};
  } catch (const Error&) {
    sight = {};
  }
  return sight;
}

// And what it rests on.
bool Proven::is_untouched(uint32_t number) {
  const ProvenImage& image = before_.images[number];
  return std::all_of(image.trees.begin(), image.trees.end(),
                     [this](uint32_t tree) { return kept_trees_[tree].load(); }) &&
         is_source_untouched(number) && is_target_untouched(number) &&
         std::all_of(image.places.begin(), image.places.end(),
                     [this](uint32_t place) { return holds(place); });
}

bool Proven::is_source_untouched(uint32_t number) {
  return once(sources_before_[number], [&] {
    const ProvenImage& image = before_.images[number];
    return marker_.of_image(*run_.from, image.relative, image.source_libraries) == image.source_mark;
  });
}

bool Proven::is_target_untouched(uint32_t number) {
  return once(targets_before_[number], [&] {
    const ProvenImage& image = before_.images[number];
    return marker_.of_image(*run_.to, image.target, image.target_libraries) == image.target_mark;
  });
}

bool Proven::knows_file_in_source(const std::string& relative) {
  const auto number = image_with(images_before_, relative);
  return number && is_marked(relative, before_.images[*number].source_libraries) &&
         is_source_untouched(*number);
}

bool Proven::knows_file_in_target(const std::string& relative) {
  const auto number = image_with(images_in_target_, relative);
  return number && is_marked(relative, before_.images[*number].target_libraries) &&
         is_target_untouched(*number);
}

bool Proven::holds(uint32_t number) {
  return once(places_before_[number], [&] {
    const ProvenPlace& place = before_.places[number];
    return marker_.of_place(place.path).mark == place.mark;
  });
}

void Proven::note_look(ImageSight& sight, const std::string& path) {
  for (const PathMapping& alias : run_.aliases) {
    if (!is_path_prefix(alias.to, path) || alias.from != run_.options.to) continue;
    rest_on_place(sight, alias.to);
    return note_own_look(sight, run_.places.to_here() + path.substr(alias.to.size()));
  }
  note_own_look(sight, path);
}

void Proven::note_own_look(ImageSight& sight, const std::string& path) {
  if (!sight.is_lasting) return;
  const auto [tree, below] = tree_of(path);
  if (const auto number = number_of_tree(tree)) {
    bool climbs = false;
    const bool has_links = this->tree(*number).has_links;
    if (stays_inside(below, climbs) && !(climbs && has_links)) {
      add_once(sight.image.trees, *number);
      if (!has_links) return;
    }
  }
  if (run_.unusable_packages.contains(tree))
    sight.is_lasting = false;
  else if (const auto package = package_folder_of(path))
    rest_on_absence(sight, package->folder);
  else
    rest_on_place(sight, path);
}

// Of a package that is there, and is none of this run's, a proof may be that of the whole folder: more than
// what one place tells.
void Proven::rest_on_absence(ImageSight& sight, const std::string& package) {
  if (rest_on_place(sight, package) != marker_.of_nothing()) sight.is_lasting = false;
}

// "packages/Name/SLUG" of a path in one of the depots, and what follows; "" of any other.
std::pair<std::string, std::string_view> Proven::tree_of(std::string_view path) const {
  for (const std::string* depot : {&run_.places.from_here(), &run_.places.to_here()}) {
    if (!is_path_prefix(*depot, path) || path.size() <= depot->size()) continue;
    const std::string_view tail = path.substr(depot->size() + 1);
    std::string tree = tree_in_depot(tail);
    const size_t length = tree.size();
    return {std::move(tree), tail.substr(length)};
  }
  return {};
}

// Those of this run: all trees come before all images.
std::optional<uint32_t> Proven::number_of_tree(const std::string& relative) const {
  if (const auto found = trees_now_.find(relative); found != trees_now_.end()) return found->second;
  const auto known = trees_before_.find(relative);
  const bool is_kept = known != trees_before_.end() && kept_trees_[known->second];
  return is_kept ? std::optional(known->second) : std::nullopt;
}

const ProvenTree& Proven::tree(uint32_t number) const {
  const size_t before = before_.trees.size();
  return number < before ? before_.trees[number] : now_.trees[number - before];
}

// Gives its mark; nothing where that does not last.
std::optional<Mark> Proven::rest_on_place(ImageSight& sight, const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto taken = taken_.find(path);
  if (taken == taken_.end()) {
    MarkTaken mark;
    try {
      mark = marker_.of_place(path);
    } catch (const Error&) {
      mark.is_lasting = false;
    }
    taken = taken_.emplace(path, mark).first;
  }
  const MarkTaken& mark = taken->second;
  if (mark.is_lasting) {
    const auto next = static_cast<uint32_t>(before_.places.size() + now_.places.size());
    const auto [known, is_new] = places_now_.emplace(path, next);
    if (is_new) now_.places.push_back({path, mark.mark});
    add_once(sight.image.places, known->second);
    return mark.mark;
  }
  sight.is_lasting = false;
  return {};
}

void Proven::add(const ImageSight& sight, const DepotItem& item, const CacheFile& file) {
  if (!sight.is_lasting || !item.warnings.empty() || !item.reasons.empty()) return;
  const std::lock_guard lock(mutex_);
  now_.images.push_back(sight.image);
  now_.images.back().absent_before = item.absent_before;
  if (!headers_) headers_.emplace(before_.tables);
  now_.images.back().header = headers_->number(file);
  has_new_ = true;
}

bool Proven::is_as_before() const {
  const auto is_kept = [](const auto& kept) { return kept.load(); };
  return !has_new_ && now_.image_rules == before_.image_rules &&
         std::all_of(kept_trees_.begin(), kept_trees_.end(), is_kept) &&
         std::all_of(kept_images_.begin(), kept_images_.end(), is_kept) && in_source_.is_as_before() &&
         in_target_.is_as_before();
}

// What holds still, and what is new.
ProvenRecord Proven::whole_record() const {
  ProvenRecord all = now_;
  all.source_folders = in_source_.now();
  all.target_folders = in_target_.now();
  all.places.insert(all.places.begin(), before_.places.begin(), before_.places.end());
  for (size_t i = 0; i < before_.images.size(); ++i)
    if (kept_images_[i]) all.images.push_back(before_.images[i]);
  all.tables = headers_ ? headers_->tables() : before_.tables;
  std::vector<uint32_t> numbers(before_.trees.size() + now_.trees.size());
  all.trees.clear();
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    if (i < before_.trees.size() && !kept_trees_[i]) continue;
    numbers[i] = static_cast<uint32_t>(all.trees.size());
    all.trees.push_back(tree(i));
  }
  for (ProvenImage& image : all.images)
    for (uint32_t& number : image.trees) number = numbers[number];
  all.put_in_order();
  return all;
}

void Proven::write() {
  if (is_as_before()) return;
  const ProvenRecord record = whole_record();
  if (record.trees.empty() && record.images.empty()) return;
  try {
    const auto compiled = open_folder_in(run_.system, *run_.to, "compiled");
    Transaction transaction(run_.system);
    TargetOptions options;
    // Whoever else may write it could say anything in it.
    options.mode = file_mode_in(run_, *compiled) & ~mode_t{S_IWGRP | S_IWOTH};
    NewFile& file = transaction.create_in(compiled, kProvenFile, options);
    file.write(record.text());
    file.set_mode(*options.mode);
    transaction.commit(run_.options.durability);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
}

}  // namespace jireloc::relocating
