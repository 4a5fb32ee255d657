// A cache file as a plain value: what its header, source texts and trailer say. Never touches the disk by
// itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/uuid.hpp"

namespace jireloc {

// The build of Julia that wrote the file. Compared byte for byte by every Julia (jl_read_verify_header).
struct Prefix {
  uint16_t format = 0;  // JI_FORMAT_VERSION
  uint8_t pointer_size = 8;
  std::string uname;         // "Linux", "Darwin", "Windows"
  std::string arch;          // "x86_64"
  std::string version;       // text of VERSION; without the DEV counter
  std::string gc;            // format 15 only
  uint32_t image_flags = 0;  // formats 14 and 15 only: bit 0 package image, bit 1 split
  std::string branch;        // may be empty (distribution builds)
  std::string commit;        // 40 hex digits, or empty
  bool operator==(const Prefix&) const = default;
};

// The cache flags byte (jl_cache_flags, ji-format 2.2), decoded.
struct CacheFlags {
  uint8_t raw = 0;
  bool use_pkgimages = false;
  int debug_level = 0;
  int check_bounds = 0;  // 0 default, 1 yes, 2 no
  bool inline_ = false;
  int opt_level = 0;
};
// 1.9.0-beta1 and -beta2 used another arrangement than all later versions.
CacheFlags decode_cache_flags(uint8_t raw, std::string_view julia_version);

struct WorklistModule {
  std::string name;
  Uuid uuid;
  uint64_t build_id = 0;  // <= 1.8: the whole id; later: the low half
  bool operator==(const WorklistModule&) const = default;
};

// An entry of the dependency list: a file (include, include_dependency) or a required package.
struct Dependency {
  std::string path;    // raw bytes; a require entry begins with NUL
  uint64_t fsize = 0;  // only in layouts with content tracking
  uint32_t hash = 0;   // likewise: CRC-32C of the content
  double mtime = 0;    // seconds since the epoch, as base/stat.jl computes it; -1.0: the content is tracked
  int32_t module_index = 0;             // 1-based number in the worklist, 0 if none of them
  std::vector<std::string> submodules;  // outermost first; only where module_index != 0

  bool is_require() const noexcept { return !path.empty() && path[0] == '\0'; }
  // Of a require entry (binpack, base/loading.jl): its UUID and name. Precondition: is_require().
  Uuid require_uuid() const noexcept;
  std::string_view require_name() const noexcept;
  bool is_depot_relative() const noexcept;                  // begins with "@depot"
  bool operator==(const Dependency& other) const noexcept;  // mtimes are compared as bits
};

struct RequiredModule {
  std::string name;
  Uuid uuid;
  uint64_t build_id_hi = 0;  // 0 in layouts with 64-bit ids
  uint64_t build_id_lo = 0;
  bool operator==(const RequiredModule&) const = default;
};

struct Preferences {
  std::vector<std::string> names;  // PreferencesForm::list
  uint64_t hash = 0;
  std::string blob;  // PreferencesForm::blob
  bool operator==(const Preferences&) const = default;
};

struct CloneTarget {
  uint32_t flags = 0;
  std::optional<int32_t> base;  // 1.14 and later: the target that this one builds upon, from 0; -1: none
  std::vector<uint32_t> features_enabled, features_disabled;
  std::string name, extra_features;
};

struct SourceText {
  std::string path;
  Extent text;  // where the text lies in the file
  bool operator==(const SourceText&) const = default;
};

struct CacheFile {
  const Layout* layout = nullptr;
  Prefix prefix;

  // Extended and reordered prefixes only.
  uint8_t pkgimage = 0;   // 1 only in the header embedded in a native library
  uint64_t checksum = 0;  // low 32 bits: CRC-32C of the payload; high: FAFBFCFD (0 in formats 14 and 15)
  uint64_t datastartpos = 0, dataendpos = 0;  // as recorded
  uint8_t flags = 0;
  uint8_t syntax_version = 0;

  std::vector<WorklistModule> worklist;
  std::vector<Dependency> dependencies;  // files and requires, in recorded order
  Preferences preferences;
  uint64_t srctextpos = 0;
  std::vector<RequiredModule> required_modules;
  std::string clone_targets;  // raw bytes; empty: no native sibling

  uint64_t header_end = 0;  // offset just behind the last list
  std::string padding;      // between header_end and the payload, verbatim
  Extent payload;           // size 0 where the payload is in the native library

  // Everything below is there only after read_all (see read_cache_file).
  std::vector<SourceText> source_texts;
  // The bytes [srctextpos, end of file): source texts and trailer; source_texts points into it.
  std::shared_ptr<const std::string> source_section;
  // Numbers in source_texts by name, where there are many (a hostile image may record a million); made by
  // reading and by place(), which is how texts are renamed.
  std::shared_ptr<const std::unordered_map<std::string_view, size_t>> text_numbers;
  uint32_t so_crc = 0;
  uint32_t file_crc = 0;
  uint64_t file_size = 0;

  // A native library belongs to the image (clone targets are recorded).
  bool is_split() const noexcept { return !clone_targets.empty(); }
  std::string_view text(const SourceText& source) const;
  // The stored text of a dependency, by its recorded name; nothing if none is stored.
  // Of several with one name the first. Constant time after reading or place().
  const SourceText* find_source_text(std::string_view path) const;
  // build_id.hi as dependents record it: the checksum (0 in layouts with 64-bit ids).
  uint64_t build_id_hi() const noexcept { return checksum; }
};

enum class ReadDepth {
  header,  // up to the clone targets; source texts and trailer are not looked at
  all,     // everything but the payload's bytes
};

struct ReadOptions {
  ReadDepth depth = ReadDepth::all;
  // With `all`: a source-text section or trailer that is damaged is not thrown but stored here, and what was
  // read is returned with what could be had (Julia's own readers look at that part late or never).
  std::optional<Error>* tail_problem = nullptr;
};

// Parses a cache file. Throws Error: empty_file, not_a_cache_file, foreign_byte_order, unknown_format,
// no_layout_fits, truncated, bad_length, bad_offset, bad_value. Memory: a small multiple of header and source
// texts, never more than a multiple of the file. Checksums are not verified (see verify_checksums).
CacheFile read_cache_file(const ByteSource& source, const ReadOptions& options = {});

// True if the first 8 bytes are the magic FB 6A 6C 69 0D 0A 1A 0A.
bool has_magic(const ByteSource& source);

struct Checksums {
  uint32_t file_crc = 0;  // CRC-32C of all but the last four bytes
  bool file_crc_ok = false;
  uint32_t payload_crc = 0;  // of the payload in this file; of what it unpacks to where it is compressed
  uint32_t stored_payload_crc = 0;  // of the payload's bytes as they lie in the file
  // Whether it equals the recorded one; nothing where no checksum of it is recorded (<= 1.8) or the payload
  // is elsewhere.
  std::optional<bool> payload_crc_ok;
  // XXH3-128 of the payload in canonical (big-endian) hex; empty where there is none.
  std::string payload_digest;
};
struct VerifyOptions {
  bool digest = false;  // also compute payload_digest
};
// One pass over the file. `file` must come from read_cache_file of the same source with depth all.
Checksums verify_checksums(const CacheFile& file, const ByteSource& source,
                           const VerifyOptions& options = {});

// The bytes before the payload (header and padding), and those behind it without the last word, the file crc.
// Lengths are computed from the contents; positions are written as they stand in the value (see place()).
std::string serialize_header(const CacheFile& file);
std::string serialize_tail(const CacheFile& file);
// The whole file with its crc, the payload taken from `payload_source` at payload_extent. Throws Error
// (unsupported) for an image with a native library, of which this would be one half: Image writes both.
std::string serialize(const CacheFile& file, const ByteSource& payload_source, Extent payload_extent);
// The .ji alone, of any image. Where a native library belongs to it, so_crc must be of the one that will lie
// beside it.
std::string serialize_ji(const CacheFile& file, const ByteSource& payload_source, Extent payload_extent);

// Recomputes total, padding, datastartpos, dataendpos, srctextpos and payload for the current lengths, with
// the payload's size kept (ji-format 2.8). Source texts are re-encoded into source_section.
// `new_source_paths` renames the texts: same order and number as file.source_texts.
void place(CacheFile& file, const std::vector<std::string>& new_source_paths);

// Throws Error (bad_value) if the bytes are no such list.
std::vector<CloneTarget> decode_clone_targets(std::string_view bytes);

// The header inside a native library's jl_system_image_data (1.9 - 1.14.0-DEV.2884; ji-format 4.1): prefix
// with pkgimage 1, required modules, padding, payload. `layout` is that of the .ji beside it.
struct EmbeddedHeader {
  Prefix prefix;
  uint64_t checksum = 0;
  uint64_t datastartpos = 0, dataendpos = 0;  // from the start of the symbol
  uint8_t pkgimage = 0, flags = 0, syntax_version = 0;
  std::vector<RequiredModule> required_modules;
  uint64_t header_end = 0;
};
EmbeddedHeader read_embedded_header(const ByteSource& image_data, const Layout& layout);

}  // namespace jireloc
