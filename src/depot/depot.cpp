#include "jireloc/depot.hpp"

#include <algorithm>
#include <set>

#include "jireloc/crc32c.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_slug(std::string_view text, size_t length) noexcept {
  return text.size() == length && text.find_first_not_of(alphabet) == std::string_view::npos;
}

bool is_version_folder(std::string_view text) noexcept {
  return text.size() >= 4 && text[0] == 'v' && text.find('.') != std::string_view::npos &&
         text.substr(1).find_first_not_of("0123456789.") == std::string_view::npos;
}

// Fills package and slugs from the path below compiled/vX.Y; false if it has another form.
bool parse_below_version(const std::vector<std::string_view>& parts, CachePath& out) {
  if (parts.size() == 1) {
    out.package = paths::image_stem(parts[0]);
    return parts[0].ends_with(".ji");
  }
  if (parts.size() != 2) return false;
  out.package = parts[0];
  const std::string_view stem = paths::image_stem(parts[1]);
  const size_t underscore = stem.find('_');
  if (!is_slug(stem.substr(0, underscore), 5)) return false;
  out.package_slug = stem.substr(0, underscore);
  if (underscore != std::string_view::npos) out.config_slug = stem.substr(underscore + 1);
  return true;
}

bool before(const JuliaVersion& version, int major, int minor) {
  return version.major < major || (version.major == major && version.minor < minor);
}

// BINDIR/../name, the .. taken out as abspath does.
std::string beside_bindir(std::string bindir, std::string_view name) {
  return std::string(paths::folder(paths::trimmed(std::move(bindir)))).append(name);
}

}  // namespace

std::string slug(uint32_t value, int length) {
  std::string text;
  for (int i = 0; i < length; ++i) {
    text += alphabet[value % alphabet.size()];
    value /= static_cast<uint32_t>(alphabet.size());
  }
  return text;
}

std::string package_slug(const Uuid& uuid) {
  return slug(crc32c::value(uuid.number_bytes()), 5);
}

std::string version_slug(const Uuid& uuid, const Sha1& tree, int length) {
  const uint32_t crc = crc32c::extend(crc32c::value(uuid.number_bytes()), tree.data(), tree.size());
  return slug(crc, length);
}

std::optional<CachePath> parse_cache_path(std::string_view path) {
  const auto parts = paths::split(path, '/');
  for (size_t i = parts.size(); i-- > 0;) {
    if (parts[i] != "compiled" || i + 2 >= parts.size() || !is_version_folder(parts[i + 1])) continue;
    CachePath result;
    const size_t depot_end = static_cast<size_t>(parts[i].data() - path.data());
    result.depot = path.substr(0, depot_end == 0 ? 0 : depot_end - 1);
    result.version = parts[i + 1];
    if (parse_below_version({parts.begin() + static_cast<std::ptrdiff_t>(i) + 2, parts.end()}, result))
      return result;
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string> expand_depot_path(const std::optional<std::string>& value,
                                           const JuliaVersion& version, const DepotPathOptions& options) {
  std::vector<std::string> depots;
  std::set<std::string> known;
  const auto add = [&](std::string depot) {
    if (known.insert(depot).second) depots.push_back(std::move(depot));
  };
  const auto add_user = [&] {
    if (!options.home.empty()) add(options.home + "/.julia");
  };
  const auto add_bundled = [&] {
    if (options.bindir.empty()) return;
    add(beside_bindir(options.bindir, "/local/share/julia"));
    add(beside_bindir(options.bindir, "/share/julia"));
  };
  if (!value) {
    add_user();
    add_bundled();
    return depots;
  }
  if (before(version, 1, 2)) {  // taken literally
    for (const std::string_view element : paths::split(*value, ':'))
      depots.push_back(paths::expand_home(element, options.home));
    return depots;
  }
  if (value->empty()) return depots;
  // 1.11 and later: an empty element is the bundled depots, a leading one the user's depot as well.
  if (!before(version, 1, 11) && value->starts_with(':')) add_user();
  for (const std::string_view element : paths::split(*value, ':')) {
    if (!element.empty()) {
      add(paths::expand_home(element, options.home));
      continue;
    }
    if (before(version, 1, 11)) add_user();
    add_bundled();
  }
  return depots;
}

std::optional<std::string> find_depot(std::string_view recorded, const std::vector<std::string>& depots,
                                      const FileView& view) {
  if (!recorded.starts_with("@depot/")) return std::nullopt;
  for (const std::string& depot : depots) {
    if (view.known_status(restore_depot_path(recorded, depot)).exists()) return depot;
  }
  return std::nullopt;
}

std::string restore_depot_path(std::string_view recorded, std::string_view depot) {
  constexpr std::string_view tag = "@depot";
  if (!recorded.starts_with(tag)) return std::string(recorded);
  return paths::trimmed(std::string(depot)).append(recorded.substr(tag.size()));
}

std::vector<int> slug_lengths(const JuliaVersion& version) {
  return before(version, 1, 7) ? std::vector<int>{4, 5} : std::vector<int>{5, 4};
}

std::optional<std::string> find_package_folder(const std::string& name, const Uuid& uuid, const Sha1& tree,
                                               const std::vector<std::string>& depots,
                                               const JuliaVersion& version, const FileView& view) {
  for (const int length : slug_lengths(version)) {
    const std::string below = "/packages/" + name + "/" + version_slug(uuid, tree, length);
    for (const std::string& depot : depots) {
      if (view.known_status(depot + below).exists()) return depot + below;
    }
  }
  return std::nullopt;
}

std::optional<PackageFolder> package_folder_of(std::string_view path) {
  const auto parts = paths::split(path, '/');
  for (size_t i = parts.size(); i-- > 0;) {
    if (parts[i] != "packages" || i + 3 >= parts.size()) continue;
    const std::string_view slug = parts[i + 2];
    if (!is_slug(slug, 5) && !is_slug(slug, 4)) continue;
    const auto end = static_cast<size_t>(slug.data() + slug.size() - path.data());
    return PackageFolder{std::string(path.substr(0, end)), std::string(parts[i + 1]), std::string(slug)};
  }
  return std::nullopt;
}

}  // namespace jireloc
