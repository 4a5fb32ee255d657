#include "payload/moves.hpp"

#include <algorithm>

#include "payload/objects.hpp"
#include "payload/paths_in_text.hpp"
#include "payload/recorded.hpp"
#include "payload/scan.hpp"
#include "payload/text.hpp"

namespace jireloc::payload {

// What was below recorded places when the image was compiled, relative to them: files of the package whose
// root one is, by the root's name, else packages of a depot.
struct Moves::Tails {
  std::vector<std::string> of_depot;
  std::map<std::string, std::vector<std::string>> of_root;
  std::set<std::string>
      roots;  // places below which the header names files, none of them in a depot's packages

  Tails(const CacheFile& file, const std::set<std::string>& places) {
    for (const Landmark& mark : landmarks(file)) {
      if (mark.kept.empty()) {
        of_depot.push_back(mark.path);
      } else {
        of_root[mark.kept].push_back(mark.path.substr(mark.kept.size()));
      }
    }
    std::set<std::string> depots;
    for (const Dependency& dependency : file.dependencies) {
      if (dependency.is_require() || dependency.path.size() > kLongestPath) continue;
      const std::string path = collapse_separators(dependency.path);
      const size_t in_depot = path.size() - depot_relative_part(path).size();
      for (size_t end = path.size(); end != 0 && end != std::string::npos;
           end = path.find_last_of("/\\", end - 1)) {
        const std::string place = path.substr(0, end);
        if (!places.contains(place) || !is_path_prefix(place, path)) continue;
        (end == in_depot ? depots : roots).insert(place);
      }
    }
    for (const std::string& depot : depots) roots.erase(depot);
  }

  const std::vector<std::string>& at(const std::string& place) const {
    static const std::vector<std::string> none;
    const size_t last = place.find_last_of(paths::separators(place));
    const auto named = of_root.find(last == std::string::npos ? place : place.substr(last));
    if (named != of_root.end()) return named->second;
    return roots.contains(place) ? none : of_depot;
  }
};

namespace {

bool any_there(const Looks& looks, const FileView& view, const std::string& place,
               const std::vector<std::string>& tails) {
  return std::any_of(tails.begin(), tails.end(), [&](const std::string& tail) {
    return looks.presences.look(view, place + tail) == Presence::there;
  });
}

bool all_absent(const Looks& looks, const std::string& place, const std::vector<std::string>& tails) {
  return std::all_of(tails.begin(), tails.end(),
                     [&](const std::string& tail) { return looks.before(place + tail) == Presence::absent; });
}

}  // namespace

Moves::Moves(const OpenPayload& open, const CacheFile& file, const Looks& looks, PayloadAudit& audit)
    : looks_(looks), audit_(audit) {
  for (const PathMapping& move : looks.rules.moves) add({move, Move::Kind::move});
  for (const PathMapping& move : looks.rules.moved) add({move, Move::Kind::told});
  for (const std::string& place : looks.rules.stays) add({{place, place}, Move::Kind::move});
  given_ = moves_.size();
  place_recorded(open, file);
  std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) {
    return a.mapping.from.size() > b.mapping.from.size();
  });
  make_tables();
}

const Move* Moves::of(std::string_view path) const {
  const size_t* number = numbers_.longest(path);
  return number == nullptr ? nullptr : &moves_[*number];
}

void Moves::add(Move move) {
  if (!move.mapping.from.empty()) spoken_of_.add(move.mapping.from, true);
  if (!move.mapping.to.empty()) spoken_of_.add(move.mapping.to, true);
  moves_.push_back(std::move(move));
}

void Moves::make_tables() {
  for (size_t k = 0; k < moves_.size(); ++k) {
    const auto& [from, to] = moves_[k].mapping;
    numbers_.add(from, k);
    if (!to.empty() && from != to) targets_.add(to, true);
    // All others are a part of what looks like a path.
    if (!std::all_of(from.begin(), from.end(),
                     [](char byte) { return is_name_byte(static_cast<unsigned char>(byte)); }))
      roots_.push_back(from);
  }
}

// A place that the map says nothing of is a former one where what lay there is gone, and is found where the
// depot of now will be; or it is another name of the depot of now.
void Moves::place_recorded(const OpenPayload& open, const CacheFile& file) {
  const std::set<std::string>& places = recorded_places(open, file);
  if (places.empty()) return;
  const Tails tails(file, places);
  for (const std::string& place : places) {
    if (is_spoken_of(place) || moves_with_root(place)) continue;
    recorded_.add(place, true);
    const std::vector<std::string>& known_tails = tails.at(place);
    if (known_tails.empty()) continue;
    if (const auto to = target_of_same_folder(place); to) {
      add_former(place, *to, place);
    } else if (all_absent(looks_, place, known_tails)) {
      find_depot_of_now(place, known_tails);
    }
  }
}

bool Moves::is_spoken_of(const std::string& place) const {
  const std::vector<std::string>& depots = looks_.rules.depots;
  return spoken_of_.holds(place) || std::any_of(depots.begin(), depots.end(), [&](const std::string& depot) {
           return is_path_prefix(depot, place);
         });
}

// What is below a recorded place goes with it, as below the OLD of any other map.
bool Moves::moves_with_root(const std::string& place) {
  const auto root =
      std::find_if(moves_.begin(), moves_.end(), [](const Move& move) { return move.mapping.from.empty(); });
  if (root == moves_.end() || looks_.after(root->mapping.to + place) != Presence::there) return false;
  root_places_.add(place, true);
  audit_.below_root_maps.push_back({place, root->mapping.to + place});
  return true;
}

void Moves::add_former(const std::string& place, const std::string& to, const std::string& now) {
  audit_.former.push_back({place, to});
  add({{place, to}, Move::Kind::former, now});
}

std::optional<std::string> Moves::target_of_same_folder(const std::string& place) const {
  for (size_t k = 0; k < given_; ++k) {
    const auto& [from, to] = moves_[k].mapping;
    if (moves_[k].kind != Move::Kind::move || from.empty() || from == to) continue;
    const FileView& view = looks_.before_view();
    if (file_status(view.actual(place)).same_file(file_status(view.actual(from)))) return to;
  }
  return {};
}

void Moves::find_depot_of_now(const std::string& place, const std::vector<std::string>& known_tails) {
  for (size_t k = 0; k < given_; ++k) {
    const auto [from, to] = moves_[k].mapping;
    if (moves_[k].kind != Move::Kind::move || from.empty() || to.empty() || from == to) continue;
    if (any_there(looks_, looks_.after_view(), to, known_tails)) return add_former(place, to, from);
  }
  for (const std::string& depot : looks_.rules.depots) {
    if (any_there(looks_, looks_.before_view(), depot, known_tails)) return add_former(place, depot, depot);
  }
}

}  // namespace jireloc::payload
