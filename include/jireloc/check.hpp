// Would Julia accept an image, and if not, why: stale_cachefile and the loader, offline (ji-format 6).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/reason.hpp"

namespace jireloc {

enum class Verdict {
  fresh,       // stale_cachefile accepts the image
  stale,       // it is rejected: the next candidate is tried, or the package is compiled again
  unreadable,  // a truncated or malformed header, on which Julia itself throws, or none where it looks for
               // one
  unknown,     // something could not be looked at, and nothing else speaks against it
};
std::string_view name(Verdict verdict) noexcept;

// The identity of a module as images record it.
struct ModuleId {
  std::string name;
  Uuid uuid;
  auto operator<=>(const ModuleId&) const = default;
};

// What is known of the Julia that is to load the images. The parts that are not are not judged.
struct ExpectedJulia {
  // image_flags are not compared, nor are a format of 0 and an empty gc: a Julia that was asked does not tell
  // them.
  std::optional<Prefix> prefix;
  bool only_version = false;           // nothing but the version is known of the prefix
  std::optional<uint8_t> cache_flags;  // of the session (jl_cache_flags)
  std::optional<bool> use_pkgimages;   // false: --pkgimages=no
  std::string stdlib;                  // Sys.STDLIB
  // Modules of the system image with their build ids; empty: not known, see ImageSet.
  std::map<ModuleId, RequiredModule> system_modules;
};

class PresenceCache;
class Processor;  // jireloc/processor.hpp

struct CheckContext {
  const FileView* view = &plain_file_view();  // never null
  // DEPOT_PATH as recorded paths spell it (see expand_depot_path).
  std::vector<std::string> depots;
  std::shared_ptr<const LoadPath> load_path;  // null: no environment is known
  // By package name: the entry file to take for the located one, as the view's caller knows it.
  std::map<std::string, std::string> source_for;
  ExpectedJulia expected;
  // Modules taken for parts of the system image, beside those in `expected`.
  std::set<ModuleId> system_modules;
  // Also compare sources with stored texts and package folders with their slugs, and look for path constants
  // in the code that name a depot which is not there.
  bool content = false;
  // Sources of standard libraries that are not here are taken to be where Julia is.
  bool julia_is_elsewhere = false;
  // Aliases that depots name and that do not lead there, each with what is wrong: images whose code goes
  // through one get a finding.
  std::vector<std::pair<std::string, std::string>> broken_aliases = {};
  // Where sessions run; null: not known, and then whether native code suits it is not judged.
  std::shared_ptr<const Processor> processor = nullptr;
  bool verify_checksums = true;         // off: file and library are not read whole (and not judged)
  const ByteSource* library = nullptr;  // the image's native one, wherever it lies; null: in its place
  PresenceCache* presences = nullptr;   // for `content`: what code names; null: an image's own
  ProofCache* proofs = nullptr;         // for `content` and for what would mend; null: neither
};

// What became of one image.
struct ImageReport {
  std::string path;  // as given
  Verdict verdict = Verdict::fresh;
  bool throws = false;  // instead of rejecting it, Julia throws, and loads nothing
  // In the order of Julia's own checks: the first is the one that Julia would log (see julia_code()).
  std::vector<Reason> reasons;
  std::vector<Reason> findings;  // what Julia does not look at; only with CheckContext::content
  std::vector<Reason> unknowns;  // what could not be looked at: a system call failed. Neither for nor against
  std::vector<std::string> notes;  // what could not be judged offline, one sentence each
  // Of the image's first worklist module, where the header could be read.
  ModuleId module;
  uint64_t build_id_hi = 0, build_id_lo = 0;
  std::string julia_version, julia_commit;
  std::string recorded_source;  // the first include entry, as recorded
  std::string
      located_source;  // what Julia would find for the package; the recorded one where nobody asks for it
  std::string native_library;  // empty where the image has none

  // Filled by ImageSet::close(): stale_cachefile says nothing of them.
  std::vector<std::string> assumed;  // modules it needs, see ImageSet::is_assumed
  bool loads = false;  // fresh, and so is an image of each required module with the wanted build id
  std::vector<Reason> load_problems;
  std::vector<std::string> root_causes;  // "PACKAGE: SENTENCE" of the images at the ends of the chain
};

// Judges one image, opened or in memory. `image_path`: where it is or will be, as recorded paths spell it;
// its native library is asked from the view beside it. Never throws for what is wrong with the image or its
// sources.
ImageReport check_image(const ByteSource& source, const std::string& image_path, const CheckContext& context);
// The same for an image that could not be opened, or not be read: its verdict is unknown. (Julia up to 1.8
// would throw, later ones would pass it by; the next moment it may be able to open it.)
ImageReport report_unopenable(const std::string& image_path, const Error& problem);

// Whether a path lies in the standard library of some Julia: .../share/julia/stdlib/vX.Y/...
bool is_stdlib_path(std::string_view path) noexcept;

// The source that Julia locates for a package (ji-format 7.4): source_for, else the first environment of the
// load path that has it as its project, in its manifest or in its folder. Nothing where none does; an empty
// path where one does and no source is there. An extension is had only with all its triggers. Throws Error
// (io) where an environment that Julia would ask could not be read.
std::optional<std::string> locate_source(const ModuleId& package, const JuliaVersion& version,
                                         const CheckContext& context);

class ImageGraph;  // src/check/image_graph.hpp

// The images of one or more depots, for everything that one image alone does not tell. Memory: a few hundred
// bytes an image; required modules are stored once.
class ImageSet {
 public:
  ImageSet();
  ~ImageSet();
  ImageSet(const ImageSet&) = delete;
  ImageSet& operator=(const ImageSet&) = delete;

  // Notes an image's prefix, worklist and required modules; returns its number. For one thread.
  size_t add(const std::string& path, const CacheFile& header);
  // One whose header is known to say the same as that of image `number`, which was added with its header.
  size_t add_twin(const std::string& path, size_t number);
  // One whose header is known to say the same as others did: by their numbers, each once, in its order.
  size_t add(const std::string& path, uint32_t prefix, std::vector<uint32_t> provides,
             std::vector<uint32_t> needs);
  // The numbers of this set. Image flags count for nothing.
  uint32_t number_of(const Prefix& prefix);
  uint32_t number_of(const RequiredModule& module);
  // Whether the headers of two images say the same, as far as this set is concerned.
  bool are_twins(size_t one, size_t other) const;
  // One whose header could not be read: it has a number, and serves no other image.
  size_t add_malformed(const std::string& path);
  // The depot that comes with Julia (…/share/julia), as the paths of its images spell it. To be called before
  // they are added.
  void set_bundled(std::string depot);
  // Notes an image, or a folder of images, that could not be looked at: a module that no image is seen to
  // provide may be in it.
  void add_unreadable(const std::string& path);
  const std::vector<std::string>& unreadable() const;
  // One of those that an image of this package may be in; null: there is none.
  const std::string* unreadable_for(const std::string& package) const;
  // The prefix that most images of a `compiled/vX.Y` folder have; nothing where none was added. Ties: the
  // one seen first.
  // `version`: among the images of that very version only; empty: among all.
  std::optional<Prefix> usual_prefix(const std::string& version_folder,
                                     const std::string& version = {}) const;
  // Modules that no image provides and that belong to the system image: those whose build id says so (1.9 and
  // later), those without a UUID, the standard libraries, and those that all images of one Julia build
  // require where there are two or more.
  std::set<ModuleId> system_modules() const;
  // Whether a module that image `number` needs, in a build that no image provides, has to be taken for a part
  // of Julia itself: a standard library, or an extension of one, where no bundled image of this very Julia
  // was added, which alone would tell its builds. Images of other builds in some depot say nothing of them.
  bool is_assumed(size_t number, const RequiredModule& module) const;
  // Whether the build id itself says that the module has an image of its own (1.9 and later): then it is in
  // no system image, whatever system_modules() says of other builds.
  static bool has_image(const RequiredModule& module);

  // The images that these may need, directly or through others, themselves among them: every image that
  // provides a required module. Ascending.
  std::vector<size_t> reachable(const std::vector<size_t>& from) const;

  // Fills loads, load_problems and root_causes of reports[i] for the image with number i.
  void close(std::vector<ImageReport*>& reports) const;

  // Which of them need which, by these numbers.
  const ImageGraph& graph() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jireloc
