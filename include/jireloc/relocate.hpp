// The post-test step: what of a user's depot may be cached, moved into a shared depot; and the same judgement
// of a depot in place.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jireloc/durability.hpp"
#include "jireloc/longer.hpp"
#include "jireloc/mount_view.hpp"
#include "jireloc/rewrite.hpp"
#include "jireloc/shard.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc {

enum class DepotItemKind : uint8_t { package, artifact, image, leftover, scratchspace, alias };
std::string_view name(DepotItemKind kind) noexcept;  // "package", ...

enum class DepotItemStatus : uint8_t {
  merged,         // copied as it is
  relocated,      // an image, rewritten for its new place
  already_there,  // the target has the same
  kept,           // prune: passes
  dropped,        // must not be cached; the reasons say why
  conflict,       // the target has something else of that name; nothing was overwritten
  failed,
};
std::string_view name(DepotItemStatus status) noexcept;  // "merged", "relocated", "already-there", ...

struct DepotItem {
  DepotItemKind kind = DepotItemKind::package;
  std::string path;                         // in the source depot, absolute: where it lies here
  std::string target;                       // in the target depot, likewise; empty where it did not get there
  std::string seen = {}, target_seen = {};  // as Julia sees both; empty where nothing is mounted
  DepotItemStatus status = DepotItemStatus::dropped;
  std::vector<Reason> reasons, warnings;
  // What it came to first, where that is not its own doing: its package, a dependency.
  Code cause = Code::none;
  // Modules that an image needs in builds of which there is no image, and that were taken for Julia's own:
  // standard libraries and extensions of them.
  std::vector<std::string> assumed = {};
  uint64_t bytes = 0;  // written
  // Texts of an image that got longer, and compiled functions that were dropped for it.
  uint64_t grown_names = 0, grown_constants = 0, dropped_code = 0;
  bool new_identity = false;                          // its build id is another one for it
  uint64_t payload_size = 0, payload_size_after = 0;  // where that changes with its texts
  uint64_t absent_before = 0;  // paths that an image's code names, with nothing there before or after
  bool removed = false;        // from the source (--move) or the depot (prune --delete)
};

// The code of what an item's status goes back to: its own first reason, or that of what it rests on.
Code root_cause(const DepotItem& item) noexcept;
// Whether what is dropped for this cause was dropped by a rule of the user's, and could be cached otherwise:
// a build script, a modified tree, a checkout, what nobody vouches for, an image beyond max_per_package.
bool is_users_rule(Code cause) noexcept;

// Tree hashes that a trusted party vouches for, by package UUID.
using TrustedTrees = std::map<Uuid, std::set<Sha1>>;
// Adds those of a Manifest.toml's entries. Throws Error.
void add_trusted_manifest(const std::string& path, TrustedTrees& trees);
// Adds all versions that a registry lists: an unpacked one (a folder with Registry.toml), a NAME.toml that
// names the archive beside it, as Pkg keeps registries since 1.7, or that archive (a tar, compressed or not).
// Throws Error.
void add_trusted_registry(const std::string& path, TrustedTrees& trees);

struct DepotRules {
  bool allow_build_scripts = false;          // packages with deps/build.jl
  std::optional<TrustedTrees> trusted = {};  // present: only packages whose tree is among them
};

// What both ask for.
struct DepotOptions {
  DepotRules rules;
  // Depots behind: their images and sources serve, nothing there is written. `bundled`: the one that comes
  // with Julia (…/share/julia); empty: it is not known.
  std::vector<std::string> layers = {};
  std::string bundled = {};
  std::chrono::seconds grace{3600};  // what of a compilation is younger may be somebody's work in progress
  std::chrono::milliseconds lock_timeout{0};
  std::function<void(const std::string& holder)> waiting = {};  // called once before waiting for the lock
  int jobs = 1;                                                 // threads
  int most_jobs = 1;               // threads while they wait for files; counts where it is more than `jobs`
  std::vector<Mount> mounts = {};  // where what Julia sees lies here
  // Once true, the run ends with Error (interrupted); what is in the depots is whole then.
  const std::atomic<bool>* stop = nullptr;
};

struct RelocateOptions : DepotOptions {
  std::string from, to;  // absolute, without trailing slashes, as Julia sees them
  PathMap map;           // further places, for sources outside of `from`
  PayloadMode payload = PayloadMode::automatic;
  std::vector<PathMapping> aliases;
  // As in RewriteOptions; both are in `map` too.
  std::vector<std::string> keep_paths = {};
  std::vector<PathMapping> moved_paths = {};
  Longer longer = Longer::automatic;    // payloads in which the target's path has no room
  Spelling spelling = Spelling::exact;  // of names that get shorter
  bool keep_code = false;               // as in RewriteOptions
  bool make_alias = false;              // choose an alias, and make it where it is not there
  std::string alias_folder = {};        // where it may be made; empty: the usual places (alias.hpp)
  bool experimental = false;
  bool scratchspaces = false;  // merge those that images name, too: nothing proves them
  bool dry_run = false;
  bool move = false;  // remove from the source what is safely at the target
  bool hard_links = false;
  bool allow_world_writable = false;
  std::optional<int64_t> stamp;  // seconds: sets copied files and recorded times alike
  // What one package or artifact may bring.
  TreeLimits limits = {.most_entries = 500'000, .most_bytes = uint64_t{8} << 30};
  int max_per_package = 0;  // images of one package and version in the target; 0: no limit
  // Of what is made in the target; and where they are the parent's, writing by its group, as that has it.
  mode_t file_mode = 0644, folder_mode = 0755;
  bool mode_of_parent = false, folder_mode_of_parent = false;
  std::optional<std::pair<uid_t, gid_t>> owner;
  Durability durability = Durability::batch;
  // Called before anything is written, with what a dry run says of each image that grows under a new build id
  // while images that stay as they are ask for the old one (the warning "dependent_outside" names them).
  std::function<void(const struct DepotItem&)> foretell = {};
  // Keep a record of what was proven in the target (compiled/.jireloc-index), and pass over what has not
  // changed since: a dry run, `move` and shards never do.
  bool keep_index = true;
  Shard shard;  // only its packages and images are written
};

// Reports each item when it is final. Called on one thread.
using ItemSink = std::function<void(const DepotItem&)>;

// Packages first, then artifacts, then images, dependencies before their dependents; each is put into place
// whole, by rename. Throws Error for what concerns the whole run (the depots cannot be opened or locked, the
// target is writable by everybody); what is wrong with one item is its status.
void relocate_depot(const RelocateOptions& options, const ItemSink& sink);

struct PruneOptions : DepotOptions {
  std::string depot;    // absolute, without trailing slashes, as Julia sees it
  bool remove = false;  // what is dropped
};

// The same judgement of a depot in place: packages, artifacts, images, leftovers.
void prune_depot(const PruneOptions& options, const ItemSink& sink);

}  // namespace jireloc
