// Which bundles of a folder a project wants.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "jireloc/bundle_index.hpp"
#include "jireloc/depot.hpp"

namespace jireloc {
namespace {

bool is_of(const BundlePackage& package, const ManifestEntry& wanted) {
  return package.name == wanted.name && package.tree == sha1_text(*wanted.tree) &&
         (!package.uuid || *package.uuid == wanted.uuid);
}

// Whether it was compiled from that version of the package.
bool is_of(const BundleImage& image, const ManifestEntry& wanted) {
  if (image.name != wanted.name || image.uuid != wanted.uuid) return false;
  return std::any_of(image.packages.begin(), image.packages.end(), [&](const std::string& path) {
    return path == fmt::format("packages/{}/{}", wanted.name, version_slug(wanted.uuid, *wanted.tree, 5)) ||
           path == fmt::format("packages/{}/{}", wanted.name, version_slug(wanted.uuid, *wanted.tree, 4));
  });
}

}  // namespace

WantedPackages wanted_packages(const std::string& project, const std::string& julia_version) {
  Environment environment = read_environment(project, julia_version, FileView());
  if (environment.problem) throw Error(*environment.problem);
  if (!environment.manifest)
    throw Error(ErrorKind::usage, "the project has no manifest, which alone says what it needs", project);
  WantedPackages wanted;
  wanted.julia_version = environment.manifest->julia_version;
  for (ManifestEntry& entry : environment.manifest->entries)
    if (entry.tree) wanted.packages.push_back(std::move(entry));
  return wanted;
}

BundleChoice::BundleChoice(BundleIndex index, std::vector<ManifestEntry> wanted, const ExpectedJulia& julia,
                           std::shared_ptr<const Processor> processor)
    : index_(std::move(index)), offers_(index_.bundles.size()), states_(index_.bundles.size(), State::open) {
  for (ManifestEntry& entry : wanted) told_.push_back({std::move(entry), {}, false, {}});
  for (size_t i = 0; i < index_.bundles.size(); ++i) add_offers(i, julia, processor);
}

void BundleChoice::add_offers(size_t bundle, const ExpectedJulia& julia,
                              const std::shared_ptr<const Processor>& processor) {
  const BundleManifest& manifest = index_.bundles[bundle].manifest;
  std::map<size_t, Offer> offers;
  for (size_t w = 0; w < told_.size(); ++w)
    for (const BundlePackage& package : manifest.packages)
      if (is_of(package, told_[w].package)) offers[w].has_tree = true;
  std::map<std::string, Reason> objections;
  for (Reason& reason : objections_to(manifest, julia, processor)) objections.emplace(reason.path, reason);
  for (size_t w = 0; w < told_.size(); ++w)
    for (const BundleImage& image : manifest.images) {
      if (!is_of(image, told_[w].package)) continue;
      Offer& offer = offers[w];
      offer.has_image = true;
      const auto objection = objections.find(image.path);
      if (objection == objections.end())
        offer.fits = true;
      else if (offer.objection.code == Code::none)
        offer.objection = objection->second;
    }
  for (auto& [w, offer] : offers) {
    offer.wanted = w;
    if (offer.has_image && !offer.fits) {
      offer.objection.path = index_.bundles[bundle].file;
      told_[w].passed_over.push_back(offer.objection);
    }
    offers_[bundle].push_back(std::move(offer));
  }
}

bool BundleChoice::serves(size_t bundle, const Offer& offer, bool with_image) const {
  if (!told_[offer.wanted].taken.empty()) return false;
  if (with_image) return offer.fits && (offer.has_tree || !index_.bundles[bundle].since.empty());
  return offer.has_tree && !offer.has_image;
}

std::optional<size_t> BundleChoice::best(bool with_image) const {
  std::optional<size_t> best;
  std::ptrdiff_t most = 0;
  for (size_t i = 0; i < offers_.size(); ++i) {
    if (states_[i] != State::open) continue;
    const auto count = std::count_if(offers_[i].begin(), offers_[i].end(),
                                     [&](const Offer& offer) { return serves(i, offer, with_image); });
    if (count > most) {
      most = count;
      best = i;
    }
  }
  return best;
}

// Of those that it rests on the first that is not unpacked yet.
std::optional<BundleChoice::Pick> BundleChoice::base_before(size_t bundle) {
  for (const std::string& digest : index_.bundles[bundle].since) {
    const auto base = std::find_if(index_.bundles.begin(), index_.bundles.end(),
                                   [&](const IndexedBundle& one) { return one.sha256 == digest; });
    const auto number = static_cast<size_t>(base - index_.bundles.begin());
    if (base == index_.bundles.end() || number == bundle || states_[number] == State::out)
      throw Error(
          ErrorKind::dependency_missing,
          fmt::format("it rests on a bundle of SHA-256 {}, which is not to be had in this folder", digest));
    if (states_[number] == State::taken) continue;
    states_[number] =
        State::out;  // should it rest on this one: digests go in no circle, but an index may lie
    std::optional<Pick> before = base_before(number);
    states_[number] = State::open;
    return before ? before : Pick{number, {}};
  }
  return {};
}

std::optional<BundleChoice::Pick> BundleChoice::next() {
  for (const bool with_image : {true, false})
    while (const auto bundle = best(with_image)) {
      Pick pick{*bundle, {}};
      for (const Offer& offer : offers_[*bundle])
        if (serves(*bundle, offer, with_image)) pick.names.push_back(told_[offer.wanted].package.name);
      // The whole, extensions of several packages with it, where all of it is wanted.
      const auto trees = std::count_if(offers_[*bundle].begin(), offers_[*bundle].end(),
                                       [](const Offer& offer) { return offer.has_tree; });
      const bool is_all = static_cast<size_t>(trees) == index_.bundles[*bundle].manifest.packages.size();
      if (is_all && trees != 0) pick.names.clear();
      try {
        if (auto before = base_before(*bundle)) return before;
        return pick;
      } catch (const Error& error) {
        pass_over(pick, error.reason());
      }
    }
  return {};
}

void BundleChoice::take(const Pick& pick) {
  states_[pick.bundle] = State::taken;
  const std::string& file = index_.bundles[pick.bundle].file;
  for (const Offer& offer : offers_[pick.bundle]) {
    Told& told = told_[offer.wanted];
    const bool is_picked = pick.names.empty() || std::find(pick.names.begin(), pick.names.end(),
                                                           told.package.name) != pick.names.end();
    if (!is_picked || !told.taken.empty() || (offer.has_image && !offer.fits)) continue;
    told.taken = file;
    told.has_image = offer.fits;
  }
}

void BundleChoice::pass_over(const Pick& pick, const Reason& reason) {
  states_[pick.bundle] = State::out;
  Reason told = reason;
  told.path = index_.bundles[pick.bundle].file;
  for (const Offer& offer : offers_[pick.bundle])
    if (offer.fits || !offer.has_image) told_[offer.wanted].passed_over.push_back(told);
}

}  // namespace jireloc
