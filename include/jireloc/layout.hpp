// The layouts of cache files, as data: parsing and serializing ask a Layout, and never a version.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jireloc {

// How the fields before the lists are arranged (src/dump.c, src/staticdata_utils.c: write_header).
enum class PrefixForm : uint8_t {
  basic,      // 1.0 - 1.9.0-alpha1: ends after the commit
  extended,   // 1.9.0-beta1 - 1.14.0-DEV.2884: + pkgimage byte, u64 checksum, two positions, flags
  reordered,  // 1.14.0-DEV.2885 and later: flags word, u32 checksum
};

enum class PreferencesForm : uint8_t {
  none,  // 1.0 - 1.5
  list,  // names, then a 64-bit hash
  blob,  // one counted TOML text
};

// What ends a static-data payload (1.9 and later; jl_save_system_image_to_stream, src/staticdata.c).
struct RootsForm {
  uint64_t roots = 0;       // words
  bool ccallables = false;  // a list of them comes last
};

// What a layout was verified against.
enum class Verified : uint8_t {
  corpus,     // real images of this layout read, written back and loaded
  container,  // the same fields, in the same order, as a layout with real images
  structure,  // built from the specification alone: rewritten only on request
};

struct Layout {
  std::string_view name;  // "V12a": the names of the format specification
  uint16_t format = 0;    // JI_FORMAT_VERSION in the file
  // Where several layouts have one number: the released versions that write this one, [from, before). Empty:
  // no bound.
  std::string_view from = {}, before = {};
  std::string_view versions;  // for people: "1.9.0-beta1 - 1.10"
  Verified verified = Verified::structure;
  PrefixForm prefix = PrefixForm::basic;
  PreferencesForm preferences = PreferencesForm::none;
  // Required modules have 128-bit ids; clone targets and a library checksum follow.
  bool wide_build_ids = false;
  // JL_CACHE_BYTE_ALIGNMENT: zeros before the payload, and datastartpos and dataendpos in the prefix; 0: none
  // of these. The second one on Apple's aarch64 and PPC64.
  uint16_t alignment = 0, wide_alignment = 0;
  // Of a static-data payload, one for each range of Julias that write this layout. Empty: a stream of tags.
  std::span<const RootsForm> roots = {};
  // Dependency entries have fsize (u64) and hash (u32) before mtime; @depot is known.
  bool content_tracking = false;
  bool syntax_version = false;       // one byte after the cache flags
  bool payload_always_here = false;  // split images keep their payload in the .ji too
  bool gc_name = false;              // a garbage collector description follows the version

  bool has_clone_targets() const noexcept { return wide_build_ids; }
  bool has_aligned_payload() const noexcept { return alignment != 0; }
  // Bytes after the source texts' terminator: 4 (file crc) or 8 (so-crc, file crc).
  uint64_t trailer_size() const noexcept { return wide_build_ids ? 8 : 4; }
};

// All known layouts, oldest first.
std::span<const Layout> layouts() noexcept;

std::string_view name(Verified verified) noexcept;

// A Julia version as text records it: "1.10.8", "1.13.0-rc1", "1.14.0-DEV".
struct JuliaVersion {
  int major = 0, minor = 0, patch = 0;
  std::string prerelease;  // "DEV", "alpha1", "rc2"; empty for a release
  // Throws Error (bad_value) if the text is no version.
  static JuliaVersion parse(std::string_view text);
  // Nothing if it is none.
  static std::optional<JuliaVersion> find(std::string_view text);
  bool is_dev() const noexcept;
  // Order of semantic versions; "DEV" and "DEV.N" sort before "alpha", as Julia's VersionNumber has it.
  std::strong_ordering operator<=>(const JuliaVersion& other) const;
  bool operator==(const JuliaVersion& other) const;
};

}  // namespace jireloc
