// The layout of a depot: slugs, names of cache files, depot paths, package folders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/file_view.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/tree_hash.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc {

// `length` characters of A-Z a-z 0-9, the least significant first (base/loading.jl: slug).
std::string slug(uint32_t value, int length);
// The first half of a cache file's name: slug(crc32c(uuid), 5) (package_slug).
std::string package_slug(const Uuid& uuid);
// A package folder's name (version_slug); length 5, or 4 in old depots.
std::string version_slug(const Uuid& uuid, const Sha1& tree, int length = 5);

// What the path of a cache file says (ji-format 7.1).
struct CachePath {
  std::string depot;         // before "/compiled/", may be empty for a relative path
  std::string version;       // "v1.10": the folder below compiled/
  std::string package;       // the folder's name, or the stem for a package without a UUID
  std::string package_slug;  // 5 characters; empty for a package without a UUID
  std::string config_slug;   // what follows the underscore; empty in 1.0 - 1.3.0-alpha
};
// Nothing if the path is not of the form [DEPOT/]compiled/vX.Y/Name[/SLUG[_SLUG]][.ji].
std::optional<CachePath> parse_cache_path(std::string_view path);

// A depot path as the elements of JULIA_DEPOT_PATH.
struct DepotPathOptions {
  std::string home;    // for "~" and the user's depot; empty: such elements are left out
  std::string bindir;  // Sys.BINDIR, for the bundled depots; empty: they are left out
};
// The depots of a session (base/initdefs.jl: init_depot_path). `value`: the text of JULIA_DEPOT_PATH, nothing
// where it is not set. Empty elements: literal in 1.0 and 1.1; the whole default list in 1.2 - 1.10;
// from 1.11 on the bundled depots alone, with the user's before them where the first element is empty. An
// empty text: no depot. Repeated elements are kept once (1.2 and later); relative ones stay relative.
std::vector<std::string> expand_depot_path(const std::optional<std::string>& value,
                                           const JuliaVersion& version, const DepotPathOptions& options);

// Julia's resolve_depot (1.11 and later): the first depot that holds `recorded`, which must begin with
// "@depot". Nothing where no depot does, or it does not begin with "@depot/".
std::optional<std::string> find_depot(std::string_view recorded, const std::vector<std::string>& depots,
                                      const FileView& view);
// "@depot/x" -> depot + "/x" (restore_depot_path). Other paths are returned as they are.
std::string restore_depot_path(std::string_view recorded, std::string_view depot);

// Slug lengths in the order in which a Julia tries them: 4, 5 up to 1.6; 5, 4 from 1.7 on.
std::vector<int> slug_lengths(const JuliaVersion& version);
// depots[i]/packages/name/SLUG: the first that exists, each slug length over all depots (ji-format 7.4).
std::optional<std::string> find_package_folder(const std::string& name, const Uuid& uuid, const Sha1& tree,
                                               const std::vector<std::string>& depots,
                                               const JuliaVersion& version, const FileView& view);

// The folder DEPOT/packages/Name/SLUG that a path lies in, and its parts. Nothing if it lies in none. The
// last such pattern in the path counts; `path` may begin with "@depot".
struct PackageFolder {
  std::string folder;  // without a trailing slash
  std::string name;
  std::string slug;
};
std::optional<PackageFolder> package_folder_of(std::string_view path);

}  // namespace jireloc
