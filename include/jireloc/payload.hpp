// What the header does not hold: paths inside the serialized code and the native library, found and replaced
// at equal length, with the payload's checksum kept so that build ids and dependents stay valid.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/reason.hpp"

namespace jireloc {

// ---- What is looked into

namespace payload {
struct OpenPayload;
}

// One image's payload as it was opened first, for calls that look into it one after another: each of them
// would open it anew. The image must not change meanwhile. Not for several threads at once.
class PayloadCache {
 public:
  PayloadCache();
  ~PayloadCache();
  PayloadCache(const PayloadCache&) = delete;
  PayloadCache& operator=(const PayloadCache&) = delete;

 private:
  friend struct payload::OpenPayload;
  std::unique_ptr<payload::OpenPayload> open_;
};

// An image to look into. The references must outlive the call.
struct PayloadInput {
  const CacheFile& file;                // read with ReadDepth::all
  const ByteSource& image;              // the .ji
  const ByteSource* library = nullptr;  // the native library beside it; null where there is none
  // The CRC-32C of the payload in `image` as its bytes have it, where the caller has computed it already.
  std::optional<uint32_t> stored_payload_crc = std::nullopt;
  PayloadCache* cache = nullptr;  // where it is kept open from call to call; null: it is not
};

// The path of the library that belongs to an image: its own with the suffix of the system that wrote it
// (ocachefile_from_cachefile, base/loading.jl). Says nothing about whether it is there.
std::string native_library_path(const std::string& image_path, const Prefix& prefix);

// ---- Finding

enum class PayloadFile : uint8_t { image, library };

enum class OccurrenceKind : uint8_t {
  source_location,  // a Symbol: a file name for stack traces
  recorded_source,  // a String equal to a recorded file with stored source text: docstring metadata,
                    // @__FILE__
  path_constant,    // any other String: may be opened at run time
  debug_info,       // DWARF in the native library
  unclassified,     // raw bytes whose object is not known
};
inline constexpr size_t kOccurrenceKinds = 5;
// "source-location", "recorded-source", "path-constant", "debug-info", "unclassified".
std::string_view name(OccurrenceKind kind) noexcept;

// How certain it is that the bytes name the old path.
enum class Match : uint8_t {
  path,        // it begins and ends at a boundary: replaced by a plan
  unclear,     // next to a character that may or may not belong to it, such as ':': counted, never replaced
  other_path,  // a part of a longer name (/x/home/u/.julia, /home/u/.julia-old): neither counted nor replaced
};
// "path", "unclear", "other-path".
std::string_view name(Match match) noexcept;

struct Occurrence {
  PayloadFile file = PayloadFile::image;
  // "sysdata", "const data", "symbols", … of a static-data payload; "stream" of one up to 1.8; else the ELF
  // section, ".debug_line" for example.
  std::string section;
  uint64_t offset = 0;       // of the path, from the start of its file
  bool unpacked = false;     // offsets count from the start of what a compressed payload unpacks to
  uint64_t size = 0;         // of the path as it is spelled there, with the run of separators behind it
  uint64_t run = 0;          // how many of these bytes are that run; 0 where the text ends at the path
  char run_separator = '/';  // what the run consists of
  OccurrenceKind kind = OccurrenceKind::unclassified;
  Match match = Match::path;
  std::string path;          // which of the old paths; normalised
  uint64_t text_offset = 0;  // of the whole text that it stands in
  uint64_t text_size = 0;
  std::string text;    // that text, at most kMaxOccurrenceText bytes of it; see PayloadOptions::most_texts
  std::string left;    // why a plan cannot replace it; empty where it can
  bool stays = false;  // a plan leaves it because its place is mapped onto itself: nothing is missing
};
inline constexpr uint64_t kMaxOccurrenceText = 4096;

enum class PayloadSummary : uint8_t {
  clean,                  // no old path anywhere
  source_locations_only,  // symbols and debug info only: harmless
  recorded_sources,       // Strings that name recorded sources, too: docstring metadata, or @__FILE__
  path_constants,         // other Strings or unclassified bytes too: may fail at run time
  unknown,                // the payload could not be looked into
};
// "clean", "source locations only", "recorded sources", "path constants", "unknown".
std::string_view name(PayloadSummary summary) noexcept;

struct PayloadScan {
  std::vector<std::string> paths;       // what was looked for; normalised
  std::vector<Occurrence> occurrences;  // by file and offset
  PayloadSummary summary = PayloadSummary::unknown;
  // Why it cannot be rewritten, or not even be looked into (then summary is `unknown`).
  std::optional<Reason> obstacle;
  // Offsets of occurrences in payload sections count from the start of the decompressed data.
  bool decompressed = false;
  // The library or layout was read to the specification alone, never against a real one.
  bool structure_only = false;
  std::vector<std::string> notes;  // what was not looked into, for example compressed debug sections

  // Occurrences of a kind with match `path` or `unclear`.
  std::array<uint64_t, kOccurrenceKinds> counts() const;
};

// Which texts may get longer where the new path does not fit in place of the old one.
enum class Growth : uint8_t {
  none,
  names,  // symbols, and strings that name a recorded source
  all,    // other strings too; code that may have folded what it knew of them is dropped with them
};

class GrownSet;

// How names are written where the new path is shorter: Symbols, and Strings that name a recorded source.
enum class Spelling : uint8_t {
  exact,      // as they are: a stack trace says /new/packages/..., and what is written anew fills the place
  stretched,  // with spare separators, as all other Strings: every text keeps its length
};
// "exact", "stretched".
std::string_view name(Spelling spelling) noexcept;
std::optional<Spelling> parse_spelling(std::string_view text) noexcept;

struct PayloadOptions {
  uint64_t max_decompressed = 0;  // bytes; more is an error (too_large); 0: what the work limits allow
  // So many occurrences of each kind and match come with their text, the first of them; all others without.
  uint64_t most_texts = 1000;
  Growth growth = Growth::none;
  Spelling spelling = Spelling::exact;
  bool keep_code = false;           // grow constants without dropping code: wrong results are possible
  const GrownSet* grown = nullptr;  // the images before this one in the same run that have grown
};

// Every occurrence of the old paths in the payload and in the native library. Reads both once, in windows.
// `paths`: absolute, of at least one component; several slashes count as one. Throws Error (usage) for
// others, and what reading throws; a payload that is damaged or absent is an obstacle and not an error.
PayloadScan scan_payload(const PayloadInput& input, std::span<const std::string> paths,
                         const PayloadOptions& options = {});

// Throws Error (usage) if scan_payload would for these paths.
void check_old_paths(std::span<const std::string> paths);

// The depots (or roots of packages outside of depots) that the image was compiled in: from its include
// entries, and from what stands before /packages/NAME/SLUG/ of a recorded source in the payload's own text.
// Sorted, normalised; empty where nothing tells.
std::vector<std::string> infer_old_paths(const PayloadInput& input, const PayloadOptions& options = {});

// ---- Replacing

struct PayloadMap {
  std::string old_path;
  std::string new_path;  // "/" for the root
  std::string alias;     // written in place of new_path, to which it resolves; empty: none
};

// What took the place of a String that had to be appended: where it was and is, as references count them,
// in bytes from the start of the payload.
struct MovedString {
  uint64_t from = 0, to = 0;
  uint64_t size = 0;     // of the old text
  bool is_name = false;  // of a recorded source: nothing folds those
};

// A payload with longer texts.
struct PayloadGrowth {
  PayloadFile file = PayloadFile::image;  // that holds the payload
  // Sorted, disjoint; in place of the plan's patches. Of those at one offset only the last has a size.
  std::vector<Splice> image, library;
  uint64_t payload_size = 0;  // as it will be
  uint64_t old_payload_size = 0;
  uint32_t image_payload_crc = 0;       // CRC-32C of the payload in the .ji as it will be; 0: not there
  std::optional<uint32_t> library_crc;  // of the whole library, where that changes
  std::optional<uint64_t> checksum;     // the new identity, where the old one could not be kept
  uint64_t names = 0, constants = 0;    // texts that got longer
  uint64_t dropped_code = 0;            // compiled functions that Julia will compile again when called
  std::vector<MovedString> moved;       // for dependents
};

struct PayloadPlan {
  PayloadScan scan;  // of the old paths of all maps; `left` tells of each occurrence why it stays
  // Where there is one, nothing can be replaced and the patches are empty.
  std::optional<Reason> obstacle;
  // Sorted, disjoint; with these bytes written over it the payload has the checksum that it had before.
  std::vector<BytePatch> image, library;
  // The payload of the .ji as it will lie there, where it lies there compressed and changes; of another
  // length than before, as a rule. (Where the library holds it compressed, it is among the patches.)
  std::string packed_payload;
  std::array<uint64_t, kOccurrenceKinds> replaced{};  // how many occurrences, by kind
  // The padding that kept the checksum; zero where none was asked (up to 1.8, or nothing to replace).
  uint64_t free_bits = 0;
  int rank = 0;

  std::optional<PayloadGrowth>
      growth;  // where texts change their length: then `image` and `library` are empty

  bool changes_anything() const {
    return growth || !image.empty() || !library.empty() || !packed_payload.empty();
  }
  bool changes_library() const { return growth ? !growth->library.empty() : !library.empty(); }
  // Occurrences that stay, matches `path` and `unclear` only.
  std::vector<const Occurrence*> residue() const;
  // Strings and unclassified bytes among them.
  uint64_t remaining_constants() const;
};

// Plans replacement: longest old path first, whole components, one pass. Names are written exactly where they
// can be (see Spelling); in other texts spare length becomes slashes behind the new path, or before its last
// component where the text ends at the path. Up to 1.8 shorter names make a shorter payload, where
// names may also grow (`growth`).
// Throws Error (usage) for maps that are not absolute or contradict each other, and what scan_payload throws.
PayloadPlan plan_payload(const PayloadInput& input, std::span<const PayloadMap> maps,
                         const PayloadOptions& options = {});

// [extent) of `source` with the splices carried out, as a source of its own that begins at 0. Both must
// outlive it. Throws Error (bad_offset) unless the splices are sorted, disjoint and inside the extent.
std::unique_ptr<ByteSource> spliced_source(const ByteSource& source, Extent extent,
                                           const std::vector<Splice>& splices);

// ---- Deciding

enum class PayloadMode : uint8_t {
  automatic,         // relocate; where that cannot be done, the header alone if no path constants would stay
  require,           // fail an image whose payload cannot be relocated
  header_only,       // leave payloads alone and warn of what stays
  refuse_constants,  // relocate as far as it goes, but fail if a path constant would stay
};
// "auto", "require", "header-only", "refuse-constants".
std::string_view name(PayloadMode mode) noexcept;
std::optional<PayloadMode> parse_payload_mode(std::string_view text) noexcept;

enum class PayloadAction : uint8_t {
  relocate,     // write header and patches (which may be none)
  header_only,  // write the header, payload untouched
  leave,        // do not touch the image, report it as skipped
  fail,         // do not touch the image, report it as failed
};

struct PayloadDecision {
  PayloadAction action = PayloadAction::relocate;
  std::optional<Reason> reason = {};  // none where all is well. With relocate and header_only it is a warning
};

PayloadDecision decide(PayloadMode mode, const PayloadPlan& plan);

}  // namespace jireloc
