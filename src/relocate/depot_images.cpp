#include "relocate/depot_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/work.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/overlay_part.hpp"
#include "relocate/sightings.hpp"

namespace jireloc::relocating {

void refuse(DepotItem& item, Refusal refusal) {
  item.status = refusal.unknown ? DepotItemStatus::failed : DepotItemStatus::dropped;
  for (Reason& reason : refusal.reasons) item.reasons.push_back(std::move(reason));
  item.cause = refusal.cause;
}

ImagePair open_image(FileSystem& system, const Folder& depot, const std::string& relative,
                     uint64_t largest_in_memory, const HeldImages* held) {
  const std::string prefix = depot.path + "/";
  const auto open = [&](const std::string& file) {
    return open_held_or_in_depot(held, system, depot, file, largest_in_memory);
  };
  return read_image(open(relative), prefix + relative,
                    [&](const std::string& library) { return open(library.substr(prefix.size())); });
}

DepotImages::DepotImages(Judging& judging, const std::vector<ImageRef>& refs,
                         const std::vector<Error>& problems, KnownHeaders known)
    : judging_(judging) {
  known.held = judging.held;
  graph_.add_depot(judging.system, *judging.from, refs, true, judging.threads, known);
  items_.resize(graph_.images().size());
  add_unreadable(problems, *judging.from);
}

void DepotImages::add_unreadable(const std::vector<Error>& problems, const Folder& depot) {
  for (const Error& problem : problems)
    if (is_path_prefix(depot.path + "/compiled", problem.file())) graph_.add_unreadable(problem.file());
}

void DepotImages::close() {
  graph_.close();
  order_ = graph_.order();
}

void DepotImages::judge_level(const std::vector<size_t>& level, const Judge& judge,
                              const IsSettled& is_settled) {
  std::map<std::string_view, size_t> numbers;
  std::vector<std::vector<size_t>> folders;
  for (const size_t number : level) {
    if (!is_wanted(number) || (is_settled && is_settled(number, items_[number]))) continue;
    const auto [place, is_new] = numbers.emplace(image(number).ref->folder, folders.size());
    if (is_new) folders.emplace_back();
    folders[place->second].push_back(number);
  }
  for_all(judging_.threads, folders.size(), [&](size_t folder) {
    for (const size_t number : folders[folder]) {
      judging_.check_stop();
      look_at(number, judge);
    }
  });
}

void DepotImages::judge_again(size_t number, const Judge& judge) {
  judging_.check_stop();
  items_[number] = {};
  if (is_wanted(number)) look_at(number, judge);
}

// Whether there is more to say of an image than what its header and those of others tell.
bool DepotImages::is_wanted(size_t number) {
  const GraphImage& image = this->image(number);
  DepotItem& item = items_[number];
  item.kind = DepotItemKind::image;
  item.path = image.path;
  if (image.problem) {
    item.reasons.push_back(image.problem->reason());
    item.status = judging_.status_for(*image.problem);
    explain_by_overlay(number);
    return false;
  }
  if (!in_shard(number)) {
    item.status = DepotItemStatus::merged;  // another run's; dependents may count on it
    return false;
  }
  auto refusal = missing_dependency(number);
  if (refusal) refuse(item, std::move(*refusal));
  return !refusal;
}

void DepotImages::look_at(size_t number, const Judge& judge) {
  const ItemWork work;
  const rewriting::MemoryShare share(memory_, 8);  // another pair may be looked at in the target
  DepotItem& item = items_[number];
  try {
    const ImagePair pair = open_image(judging_.system, *judging_.from, image(number).ref->relative(),
                                      share.largest_in_memory(), judging_.held);
    if (pair.file.is_split() && !pair.library)
      refuse(item, {{{Code::library_absent, "its native library is not there"}}});
    else
      judge(number, item, pair, share.largest_in_memory());
    if (!pair.library_path.empty()) explain_by_overlay(number);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    item.reasons.push_back(error.reason());
    item.status = judging_.status_for(error);
  }
}

// A file of an overlay's upper layer may have no content of its own, which is no fault of the image's.
void DepotImages::explain_by_overlay(size_t number) {
  DepotItem& item = items_[number];
  if (item.status != DepotItemStatus::dropped) return;
  std::vector<std::string> files = library_names(image(number).ref->relative());
  files.insert(files.begin(), image(number).ref->relative());
  for (const std::string& file : files) {
    const auto part = overlay_part_of_file(judging_.system, *judging_.from, file);
    if (!part) continue;
    item.reasons = {*part};
    item.status = judging_.beyond_us;
    return;
  }
}

std::optional<Refusal> DepotImages::missing_dependency(size_t number) {
  const GraphImage& image = this->image(number);
  for (const uint32_t need : graph_.links()[number].needs) {
    const RequiredModule& module = graph_.links().modules()[need];
    const std::vector<uint32_t>& providers = graph_.links().providers(need);
    const bool served = std::any_of(providers.begin(), providers.end(), [&](size_t provider) {
      return this->image(provider).ref == nullptr || usable(items_[provider].status);
    });
    if (served || is_served_grown(module)) continue;
    if (providers.empty() && graph_.is_assumed(image, need))
      items_[number].assumed.push_back(module.name);
    else if (!providers.empty() || !graph_.is_in_system_image(need))
      return explain_missing(module, providers);
  }
  return {};
}

// By what another image that grew in an earlier run became: the target has that.
bool DepotImages::is_served_grown(RequiredModule module) {
  const auto* grown = judging_.grown == nullptr ? nullptr : judging_.grown->find(module);
  if (grown == nullptr) return false;
  module.build_id_hi = grown->checksum;
  const auto number = graph_.links().modules().find(module);
  return number && !graph_.links().providers(*number).empty();
}

Refusal DepotImages::explain_missing(const RequiredModule& module, const std::vector<uint32_t>& providers) {
  const auto open = std::find_if(providers.begin(), providers.end(), [&](size_t provider) {
    return items_[provider].status == DepotItemStatus::failed;
  });
  const auto unknown = [&](const std::string& path, Code cause) {
    return Refusal{{{Code::dependency_unknown,
                     fmt::format("it needs {}; {} could not be looked at", module.name, path)}},
                   true,
                   cause};
  };
  if (open != providers.end()) return unknown(image(*open).path, root_cause(items_[*open]));
  if (providers.empty()) {
    if (const std::string* hidden = graph_.unreadable_for(module.name)) return unknown(*hidden, Code::none);
    return {{{Code::dependency_missing, fmt::format("it needs the build {} of {}, of which there is no image",
                                                    hex64(module.build_id_lo), module.name)}}};
  }
  const DepotItem& dropped = items_[providers[0]];
  return {{{Code::dependency_dropped,
            fmt::format("it needs {}, which is not cached: {}", module.name,
                        dropped.reasons.empty() ? name(dropped.status) : dropped.reasons[0].message)}},
          false,
          root_cause(dropped)};
}

}  // namespace jireloc::relocating
